// Measures `countermark tuf download` of the built package, with what it loads loaded: `returning FOLDER`.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tuf } from "../../../../packages/client/dist/commands/tuf.js";
import { nodeHttp } from "../../../../packages/client/dist/network/node-http.js";
import "../../../../packages/client/dist/tuf/repository-client.js";
import "../../../../packages/client/dist/tuf/target-folder.js";
import "../../../../packages/client/dist/verify/fetch/http-source.js";
import { peakBytes } from "./peak-memory.mjs";

const [, , , folder] = process.argv;
const asked = JSON.parse(readFileSync(join(folder, "returning.json"), "utf8"));
const metadataDir = join(folder, "cache", "countermark", "metadata");
const world = { now: Date.now(), out: () => undefined, err: (text) => process.stderr.write(text) };
if (!existsSync(metadataDir)) await run("init", join(folder, "root.json"));

nodeHttp();
const cpu = process.cpuUsage();
const start = performance.now();
await run("download", "--metadata-url", asked.metadataUrl, ...targetArguments());
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes: peakBytes() }));

async function run(verb, ...rest) {
  const code = await tuf(["--metadata-dir", metadataDir, verb, ...rest], world);
  if (code !== 0) throw new Error(`countermark tuf ${verb} ended with ${code}`);
}

function targetArguments() {
  const targetDir = join(folder, "cache", "countermark", "targets");
  return ["--target-name", asked.target, "--target-base-url", asked.targetsUrl, "--target-dir", targetDir];
}

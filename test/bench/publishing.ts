/**
 * What releasing costs a developer, with the real commands against a real index on loopback:
 * `node test/bench/publishing.ts [--rounds N]`. From an empty home to a released project; from `countermark publish` to the
 * moment at which the machine's own verifier sees the release (and so any installer can); and the keys of a passphrase.
 */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { programOf } from "../../tools/python/environments.ts";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { withSecret } from "../harness/developers.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { announcedUrl, initIndex } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { countingRelay } from "./counting-relay.ts";
import { median } from "./figures.ts";
import { describeMachine, machineInWords } from "./machine.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "30" } } });
const rounds = Math.max(1, Number.parseInt(options.rounds, 10));
const scope = new Scope();
try {
  const machine = describeMachine();
  const sandbox = await openSandbox(scope);
  const relay = await countingRelay();
  const index = await initIndex(sandbox);
  const serving = sandbox.start(
    countermarkServer,
    ["serve", "--data", index.data, "--port", "0", "--public-url", `${relay.url}/`],
    { timeoutMs: 9 * 60_000 },
  );
  scope.after(() => serving.stop());
  relay.leadTo(Number(new URL(await announcedUrl(serving)).port));

  const phrase = (await sandbox.run(countermark, ["identity", "phrase"])).stdout.trim();
  const first = { settings: sandbox.otherHome("first") };
  await trust(sandbox, relay.url, index.fingerprint, first);
  done(
    await withSecret(sandbox, phrase, ["login", `${relay.url}/`, "--account", "alice", "--passphrase-fd", "3"], first),
  );

  const empty = { settings: sandbox.otherHome("empty") };
  const bytesBefore = relay.fetched();
  const fromEmpty = await seconds(async () => {
    await trust(sandbox, relay.url, index.fingerprint, empty);
    const upload = [programOf("twine", "twine"), "upload", wheel(sandbox.folder, "bench-empty", "1.0")];
    const run = ["run", "--sign", "--account", "alice", "--project", "bench-empty", "--passphrase-fd", "3", "--"];
    done(await withSecret(sandbox, phrase, [...run, ...upload], empty));
  });
  const bytes = relay.fetched() - bytesBefore;

  const key = join(sandbox.folder, "key.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const dev = { settings: sandbox.otherHome("dev") };
  await trust(sandbox, relay.url, index.fingerprint, dev);
  done(await sandbox.run(countermark, ["login", `${relay.url}/`, "--account", "dev", "--key", key], dev));
  const samples: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const file = wheel(sandbox.folder, "bench-publish", `1.${round}`);
    const publish = await seconds(async () => {
      done(await sandbox.run(countermark, ["publish", "--yes", file], dev));
    });
    // The first makes the project.
    if (round > 0) samples.push(publish);
  }
  const derivation = deriveOnce();
  console.log(`${machineInWords(machine)}\n`);
  console.log(`empty home to released (trust, run --sign, twine): ${fromEmpty.toFixed(1)} s, ${bytes} bytes fetched`);
  const ordered = samples.toSorted((a, b) => a - b);
  const p99 = ordered[Math.ceil(0.99 * ordered.length) - 1] ?? NaN;
  console.log(
    `publish to installable, whole command: p50 ${median(samples).toFixed(2)} s, p99 ${p99.toFixed(2)} s (${rounds} runs)`,
  );
  console.log(
    `keys of a passphrase: ${derivation.seconds.toFixed(2)} s, ${derivation.cpuSeconds.toFixed(2)} s of CPU, peak memory ${derivation.mebibytes} MiB`,
  );
} finally {
  await scope.end();
}

function done({ code, output }: Ending): void {
  if (code !== 0) throw new Error(output);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** A made wheel in a `dist` of its own below a folder. */
function wheel(folder: string, name: string, version: string): string {
  const made = makeWheel({ name, version });
  const dist = join(folder, `${name}-${version}`, "dist");
  mkdirSync(dist, { recursive: true });
  return join(writeDistributions(dist, [made]), made.filename);
}

/** In a process of its own, so that its memory is its own. */
function deriveOnce(): { seconds: number; cpuSeconds: number; mebibytes: number } {
  const program = `
    import { generatePhrase, openPassphraseIdentity } from "@countermark/identity";
    const bytes = Buffer.from(generatePhrase().join(" "));
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const identity = await openPassphraseIdentity({ form: "phrase", bytes }, { repository: "0".repeat(64), account: "alice", generation: 1 });
    const { user, system } = process.cpuUsage(cpu);
    identity.close();
    console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6,
      mebibytes: Math.round(process.resourceUsage().maxRSS / 1024) }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: join(import.meta.dirname, "../../packages/client"),
    encoding: "utf8",
    timeout: 120_000,
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as { seconds: number; cpuSeconds: number; mebibytes: number };
}

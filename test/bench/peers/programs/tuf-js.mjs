// Measures tuf-js on one folder: `files FOLDER` or `returning FOLDER`.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { measureLookUps } from "./look-ups.mjs";
import { peakBytes } from "./peak-memory.mjs";
import { timed } from "./stopwatch.mjs";

const require = createRequire(import.meta.url);
const [, , mode, folder] = process.argv;
const read = (name) => readFileSync(join(folder, `${name}.json`));
const print = (result) => console.log(JSON.stringify(result));

if (mode === "returning") print(await measureReturning());
else print(measureFiles());

function measureFiles() {
  const { TrustedMetadataStore } = require("tuf-js/dist/store.js");
  const { measured, lookUps } = JSON.parse(read("case"));
  const trusted = new TrustedMetadataStore(read("root"));
  trusted.updateTimestamp(read("timestamp"));
  const snapshot = read("snapshot");
  let { ms, cpuMs } = timed(() => trusted.updateSnapshot(snapshot));
  if (measured === "targets") {
    const targets = read("targets");
    ({ ms, cpuMs } = timed(() => trusted.updateDelegatedTargets(targets, "targets", "root")));
  }
  const peak = peakBytes();
  const delegations = trusted.targets?.signed.delegations;
  const times = measureLookUps(lookUps, (path) => [...delegations.rolesForTarget(path)].length);
  return { ms, cpuMs, peakBytes: peak, ...times };
}

async function measureReturning() {
  const { Updater } = require("tuf-js");
  const { metadataUrl, targetsUrl, target } = JSON.parse(read("returning"));
  const metadataDir = join(folder, "cache", "tuf-js", "metadata");
  const targetDir = join(folder, "cache", "tuf-js", "targets");
  mkdirSync(metadataDir, { recursive: true });
  mkdirSync(targetDir, { recursive: true });
  const rootBytes = read("root");
  const cpu = process.cpuUsage();
  const start = performance.now();
  const client = new Updater({
    metadataBaseUrl: metadataUrl,
    targetBaseUrl: targetsUrl,
    metadataDir,
    targetDir,
    rootBytes,
    config: { snapshotMaxLength: 2 ** 30, targetsMaxLength: 2 ** 30 },
  });
  await client.refresh();
  const info = await client.getTargetInfo(target);
  if (info === undefined) throw new Error(`${target} was not found`);
  const path = join(targetDir, encodeURIComponent(info.path));
  if ((await client.findCachedTarget(info, path)) === undefined) await client.downloadTarget(info, path);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000, peakBytes: peakBytes() };
}

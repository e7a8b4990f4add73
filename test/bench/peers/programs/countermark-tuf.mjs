// Measures the built @countermark/tuf on one folder of made metadata. Plain JavaScript, as floor.mjs is.
import { delegationsFor, TrustedSet } from "@countermark/tuf";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { measureLookUps } from "./look-ups.mjs";
import { peakBytes } from "./peak-memory.mjs";
import { timed } from "./stopwatch.mjs";

const [, , , folder] = process.argv;
const { measured, lookUps } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
const read = (role) => readFileSync(join(folder, `${role}.json`));

const trusted = TrustedSet.open(read("root"), Date.now());
trusted.updateTimestamp(read("timestamp"));
const { ms, cpuMs } = measured === "targets" ? measureTargets() : measureSnapshot();
const peak = peakBytes();
const delegations = trusted.role("root", "targets")?.signed.delegations;
const times = measureLookUps(lookUps, (path) => delegationsFor(delegations, path).length);
console.log(JSON.stringify({ ms, cpuMs, peakBytes: peak, ...times }));

function measureSnapshot() {
  const snapshot = read("snapshot");
  return timed(() => trusted.updateSnapshot(snapshot));
}

function measureTargets() {
  trusted.updateSnapshot(read("snapshot"));
  const targets = read("targets");
  return timed(() => trusted.updateTargets(targets));
}

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

let trusted = begin();
const { ms, cpuMs } = measured === "targets" ? measureTargets() : measureSnapshot();
const peak = peakBytes();
const times = measureLookUps(lookUps, counting(), () => {
  trusted = begin();
  measureTargets();
  return counting();
});
console.log(JSON.stringify({ ms, cpuMs, peakBytes: peak, ...times }));

function begin() {
  const set = TrustedSet.open(read("root"), Date.now());
  set.updateTimestamp(read("timestamp"));
  return set;
}

function counting() {
  const delegations = trusted.role("root", "targets")?.signed.delegations;
  return (path) => delegationsFor(delegations, path).length;
}

function measureSnapshot() {
  const snapshot = read("snapshot");
  return timed(() => trusted.updateSnapshot(snapshot));
}

function measureTargets() {
  trusted.updateSnapshot(read("snapshot"));
  const targets = read("targets");
  return timed(() => trusted.updateTargets(targets));
}

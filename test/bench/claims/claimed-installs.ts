/**
 * What an installer pays for a project that its developer signs, beside one that only the index signs: requests and bytes of
 * metadata, and time, in turn: `node test/bench/claims/claimed-installs.ts [--projects N] [--rounds N]`.
 * One index with `--projects` of each kind. In each round, and for each kind, somebody with an empty home trusts the index
 * and installs one project, installs it again, and then another of that kind.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBundles } from "../../../tools/bundle/write.ts";
import { holdCeremony } from "../../harness/ceremony.ts";
import { makeWheel, writeDistributions } from "../../harness/distributions/distributions.ts";
import { importFolder, initIndex } from "../../harness/index-server.ts";
import { openSandbox } from "../../harness/sandbox.ts";
import { Scope } from "../../harness/scope.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";
import { median } from "../figures.ts";
import { describeMachine, memoryFolder, machineInWords } from "../machine.ts";
import { claimProjects } from "./claimed-projects.ts";
import { MeasuredInstaller, type Installed } from "./measured-installer.ts";
import { serveRecorded } from "./serve-recorded.ts";

const { values: options } = parseArgs({
  options: { projects: { type: "string", default: "1000" }, rounds: { type: "string", default: "5" } },
});
const [count, rounds] = [Number.parseInt(options.projects, 10), Number.parseInt(options.rounds, 10)];
const KINDS = ["unclaimed", "recently-claimed", "claimed"] as const;
const MOMENTS = ["first project, by a new installer", "the same again", "another project of that kind"] as const;
assert.ok(count > rounds, "each round installs two projects that no round before it has installed first");

const scope = new Scope();
try {
  const machine = describeMachine();
  await writeBundles();
  const sandbox = await openSandbox(scope, temporaryFolder(scope, memoryFolder()));
  const index = await initIndex(sandbox);
  const wheels = projectsOf("unclaimed").map((name) => makeWheel({ name, version: "1.0" }));
  await importFolder(sandbox, index, writeDistributions(join(sandbox.folder, "wheels"), wheels));
  await claimProjects(index.data, projectsOf("claimed"));
  await holdCeremony(index, sandbox.folder, projectsOf("claimed"));
  await claimProjects(index.data, projectsOf("recently-claimed"));
  const relay = await serveRecorded(sandbox, index);

  const samples = new Map(KINDS.map((kind) => [kind, MOMENTS.map((): Installed[] => [])]));
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of KINDS) {
      const installer = new MeasuredInstaller({ sandbox, index, relay, home: `${kind}-${round}` });
      const [first, next] = [`${kind}-${round}`, `${kind}-${round + 1}`];
      for (const [moment, project] of [first, first, next].entries()) {
        samples.get(kind)?.[moment]?.push(await installer.install(project));
      }
    }
  }
  console.log(`${machineInWords(machine)}\n`);
  console.log(`${count} projects of each kind, ${rounds} rounds in turn; medians, and the least and the most\n`);
  for (const [moment, title] of MOMENTS.entries()) {
    console.log(`${title}:`);
    for (const kind of KINDS) console.log(`  ${kind.padEnd(16)}  ${inWords(samples.get(kind)?.[moment] ?? [])}`);
  }
} finally {
  await scope.end();
}

function projectsOf(kind: (typeof KINDS)[number]): readonly string[] {
  return Array.from({ length: count }, (_, number) => `${kind}-${number}`);
}

function inWords(installs: readonly Installed[]): string {
  const of = (measure: (installed: Installed) => number): string => spread(installs.map(measure));
  return [
    `${of(({ requests }) => requests)} requests`,
    `${of(({ bytes }) => bytes)} bytes of metadata`,
    `${of(({ seconds }) => seconds * 1000)} ms`,
    `${of(({ cpuSeconds }) => cpuSeconds * 1000)} ms of CPU`,
  ].join(", ");
}

function spread(values: readonly number[]): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map(Math.round);
  return `${middle} (${least} to ${most})`;
}

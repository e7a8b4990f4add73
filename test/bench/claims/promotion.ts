/**
 * What it costs to make many claims good for ever, with the real commands (`propose`, `ceremony sign`, `apply`), and what
 * installers fetch before and after: `node test/bench/claims/promotion.ts [--claims N]`.
 * Two ceremonies are held. The first sees the claims; the second, a period later by a moved clock, promotes them by rule.
 */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isOfflineRole, PROFILES, type RoleRecord } from "@countermark/repository";
import { writeBundles } from "../../../tools/bundle/write.ts";
import { openIndex } from "../../../packages/server/src/data-folder.ts";
import { clockShiftedBy } from "../../harness/clock.ts";
import { makeWheel, writeDistributions } from "../../harness/distributions/distributions.ts";
import { importFolder, initIndex, type Index } from "../../harness/index-server.ts";
import { openSandbox, type Sandbox } from "../../harness/sandbox.ts";
import { Scope } from "../../harness/scope.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";
import { CLIENT, SERVER } from "../built.ts";
import { describeMachine, memoryFolder, machineInWords } from "../machine.ts";
import { claimProjects } from "./claimed-projects.ts";
import { MeasuredInstaller, type Installed } from "./measured-installer.ts";
import { runMeasured, type Usage } from "./run-measured.ts";
import { serveRecorded } from "./serve-recorded.ts";

const { values: options } = parseArgs({ options: { claims: { type: "string", default: "10000" } } });
const projects = Array.from({ length: Number.parseInt(options.claims, 10) }, (_, number) => `claimed-${number}`);
const [sample = assert.fail("--claims is at least 1")] = projects;
const LATER = clockShiftedBy(PROFILES.default.ceremonyPeriod);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

const scope = new Scope();
try {
  const machine = describeMachine();
  await writeBundles();
  const sandbox = await openSandbox(scope, temporaryFolder(scope, memoryFolder()));
  const index = await initIndex(sandbox);
  tell(`claiming ${projects.length} projects`);
  const began = performance.now();
  await claimProjects(index.data, projects);
  tell(`claimed in ${((performance.now() - began) / 1000).toFixed(1)} s; the first ceremony sees them`);
  const seen = await ceremony(sandbox, index, "first", {});
  tell("installing before the second");
  const relay = await serveRecorded(sandbox, index, LATER);
  const returning = new MeasuredInstaller({ sandbox, index, relay, home: "returning", settings: LATER });
  const before = await returning.install(sample);
  const unchanged = await returning.install(sample);
  const other = writeDistributions(join(sandbox.folder, "other"), [makeWheel({ name: "other", version: "1.0" })]);
  await importFolder(sandbox, index, other, { settings: LATER });
  const published = await returning.install(sample);
  tell("the second ceremony promotes them");
  const promoted = await ceremony(sandbox, index, "second", LATER);
  const after = await returning.install(sample);
  const fresh = await new MeasuredInstaller({ sandbox, index, relay, home: "new", settings: LATER }).install(sample);

  console.log(`${machineInWords(machine)}\n`);
  console.log(`${projects.length} claims, one file each`);
  report("first ceremony, which sees them", seen);
  report("second ceremony, which promotes them by rule", promoted);
  const installs: readonly (readonly [string, Installed])[] = [
    ["new installer, before", before],
    ["returning, nothing changed", unchanged],
    ["returning, after the publication of another project", published],
    ["returning, after the ceremony", after],
    ["new installer, after", fresh],
  ];
  for (const [who, { requests, bytes }] of installs)
    console.log(`${who}: ${requests} requests, ${bytes} bytes of metadata`);
} finally {
  await scope.end();
}

interface Held {
  readonly steps: ReadonlyMap<string, Usage>;
  readonly bundle: number;
  readonly signatures: number;
  /** What the ceremony has put before installers. */
  readonly offline: Sum;
  readonly online: Sum;
}

interface Sum {
  readonly roles: number;
  readonly bytes: number;
}

/** One holder with all keys, as after `init`. */
async function ceremony(
  sandbox: Sandbox,
  { data, keys }: Index,
  name: string,
  settings: typeof LATER | Record<string, never>,
): Promise<Held> {
  const [bundle, signatures] = [join(sandbox.folder, `${name}.json`), join(sandbox.folder, `${name}.signatures`)];
  const roles = await rolesOf(data);
  const steps = new Map<string, Usage>();
  for (const [step, program, args] of [
    ["propose", SERVER, ["propose", "--data", data, "--out", bundle]],
    ["ceremony sign", CLIENT, ["ceremony", "sign", bundle, "--keys", keys, "--out", signatures]],
    ["apply", SERVER, ["apply", "--data", data, "--bundle", bundle, signatures]],
  ] as const) {
    steps.set(step, await runMeasured(sandbox, program, args, settings));
  }
  const changed = [...(await rolesOf(data)).values()].filter(
    ({ name, version }) => roles.get(name)?.version !== version,
  );
  return {
    steps,
    bundle: statSync(bundle).size,
    signatures: statSync(signatures).size,
    offline: sum(changed.filter((role) => isOfflineRole(role.name))),
    online: sum(changed.filter((role) => !isOfflineRole(role.name))),
  };
}

async function rolesOf(data: string): Promise<ReadonlyMap<string, RoleRecord>> {
  const { store } = await openIndex(data);
  try {
    return new Map((await store.roles()).map((role) => [role.name, role]));
  } finally {
    await store.close();
  }
}

function sum(roles: readonly RoleRecord[]): Sum {
  return { roles: roles.length, bytes: roles.reduce((bytes, { length }) => bytes + length, 0) };
}

function report(title: string, { steps, bundle, signatures, offline, online }: Held): void {
  console.log(`${title}:`);
  for (const [step, { seconds, cpuSeconds, mebibytes }] of steps) {
    console.log(
      `  ${step}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU, at most ${mebibytes.toFixed(0)} MiB`,
    );
  }
  console.log(`  carried to the holder: ${bundle} bytes; back: ${signatures} bytes`);
  console.log(
    `  signed by the holder: ${offline.roles} roles, ${offline.bytes} bytes; by the index: ${online.roles} roles, ${online.bytes} bytes`,
  );
}

/**
 * `make bench`: how fast the index takes files in, and what verification costs an installation. All of it happens in one
 * run, in turn, in memory where the system has a place for it: compare ratios, not seconds of different machines.
 * `node test/bench/bench.ts [--json] [--rounds N]`
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBundles } from "../../tools/bundle/write.ts";
import { fetchPackages } from "../../tools/python/packages.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { renderFigures, type Figure } from "./figures.ts";
import { measureImports } from "./importing.ts";
import { measureInstalls } from "./installing.ts";
import { describeMachine, machineInWords, memoryFolder } from "./machine.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "5" } },
});
const rounds = Math.max(1, Number.parseInt(options.rounds, 10));
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const scope = new Scope();
try {
  const machine = describeMachine();
  await writeBundles();
  const packages = await fetchPackages("bench-packages", tell);
  const sandbox = await openSandbox(scope, temporaryFolder(scope, memoryFolder()));
  tell("measuring imports");
  const imports = await measureImports(sandbox, rounds);
  tell("measuring installations");
  report(machine, [...imports, ...(await measureInstalls(sandbox, packages, rounds))]);
} finally {
  await scope.end();
}
if (!options.json) besidePeers();

function report(machine: ReturnType<typeof describeMachine>, figures: readonly Figure[]): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`${machineInWords(machine)}\n\n`);
  process.stdout.write(`${renderFigures(figures)}\n`);
}

/** The TUF core beside its peers: a program of its own, with its own report. */
function besidePeers(): void {
  tell("\nmeasuring the TUF core beside its peers");
  const program = join(import.meta.dirname, "peers", "peers.ts");
  const { status } = spawnSync(process.execPath, [program, "--rounds", options.rounds], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

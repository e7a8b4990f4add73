/**
 * What the gate computes and fetches for an installation of real wheels, with the built command and a real index on loopback:
 * `node test/bench/gate.ts [--rounds N]`. CPU of a warm agent for each MB of distribution files that it handed out; and the
 * bytes that a new and a returning client fetch from the index besides distribution files.
 */
import assert from "node:assert/strict";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { writeBundles } from "../../tools/bundle/write.ts";
import { programOf } from "../../tools/python/environments.ts";
import { distributionsIn, fetchPackages } from "../../tools/python/packages.ts";
import { countermarkServer } from "../harness/commands.ts";
import { announcedUrl, importFolder, initIndex } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { CLIENT } from "./built.ts";
import { countingRelay } from "./counting-relay.ts";
import { median } from "./figures.ts";
import { describeMachine, machineInWords, memoryFolder } from "./machine.ts";
import { usageOf } from "./serving/process-figures.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Math.max(1, Number.parseInt(options.rounds, 10));
const MB = 1_000_000;

const scope = new Scope();
try {
  const machine = describeMachine();
  await writeBundles();
  const packages = await fetchPackages("bench-packages", (line) => process.stderr.write(`${line}\n`));
  const wheels = distributionsIn(packages).map((name) => statSync(join(packages, name)).size);
  const fileBytes = wheels.reduce((sum, size) => sum + size, 0);
  const sandbox = await openSandbox(scope, temporaryFolder(scope, memoryFolder()));
  const relay = await countingRelay();
  const index = await initIndex(sandbox);
  await importFolder(sandbox, index, packages);
  const args = ["serve", "--data", index.data, "--port", "0", "--public-url", `${relay.url}/`];
  const serving = sandbox.start(countermarkServer, args, { timeoutMs: 9 * 60_000 });
  scope.after(() => serving.stop());
  relay.leadTo(Number(new URL(await announcedUrl(serving)).port));

  const target = join(sandbox.folder, "installed");
  const straight = { UV_DEFAULT_INDEX: `${relay.url}/simple/`, UV_NO_CACHE: "1", NODE_OPTIONS: undefined };
  const install = async (program: string, before: readonly string[], settings: Settings): Promise<number> => {
    rmSync(target, { recursive: true, force: true });
    const command = [...before, "pip", "install", "--quiet", "--target", target, "ipykernel"];
    const ending = await sandbox.run(program, command, { settings });
    assert.equal(ending.code, 0, ending.output);
    return relay.fetched();
  };
  const uv = programOf("uv", "uv");
  const inRun = [CLIENT, "run", "--", uv];

  const home = { ...straight, ...sandbox.otherHome("client") };
  const start = relay.fetched();
  await trust(sandbox, relay.url, index.fingerprint, { settings: home });
  const first = await install(process.execPath, inRun, home);
  const second = await install(process.execPath, inRun, home);
  const plain = (await install(uv, [], straight)) - second;
  // A gate that kept what it verified fetches no file again: then all that was fetched is metadata.
  const metadata = [first - start, second - first, plain].map((all) => (all < fileBytes ? all : all - fileBytes));

  const agent = sandbox.start(process.execPath, [CLIENT, "agent"], { settings: home, timeoutMs: 9 * 60_000 });
  scope.after(() => agent.stop());
  const throughAgent = { ...straight, UV_DEFAULT_INDEX: `${await announcedUrl(agent)}/` };
  await install(uv, [], throughAgent);
  const samples: { cpu: number; elapsed: number }[] = [];
  const straightSamples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const straightBegan = performance.now();
    await install(uv, [], straight);
    straightSamples.push((performance.now() - straightBegan) / 1000);
    const [cpu, began] = [usageOf(agent.pid).cpuSeconds, performance.now()];
    await install(uv, [], throughAgent);
    samples.push({ cpu: usageOf(agent.pid).cpuSeconds - cpu, elapsed: (performance.now() - began) / 1000 });
  }
  const cpu = median(samples.map((sample) => sample.cpu));
  const elapsed = median(samples.map((sample) => sample.elapsed));
  console.log(`${machineInWords(machine)}\n`);
  console.log(`${wheels.length} wheels, ${(fileBytes / MB).toFixed(2)} MB of files`);
  console.log(
    `warm agent, each install: ${(cpu * 1000).toFixed(0)} ms of CPU, ${((cpu * 1000) / (fileBytes / MB)).toFixed(2)} ms for each MB (median of ${rounds}; ${elapsed.toFixed(2)} s elapsed, straight in turn ${median(straightSamples).toFixed(2)} s)`,
  );
  const [fresh, returning, none] = metadata;
  console.log(
    `bytes besides files, HTTP's own among them: new client (trust and install) ${fresh}, returning ${returning}, straight ${none}`,
  );
} finally {
  await scope.end();
}

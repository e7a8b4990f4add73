import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { programOf } from "../../tools/python/environments.ts";
import { distributionsIn } from "../../tools/python/packages.ts";
import { countermark } from "../harness/commands.ts";
import { announcedUrl, importFolder, initIndex, serve } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import type { Sandbox, Settings } from "../harness/sandbox.ts";
import { figure, ratio, type Figure } from "./figures.ts";

/** The project whose tree is installed. */
const PROJECT = "ipykernel";

/** One way to install the tree, ready to be timed. */
interface Way {
  readonly id: string;
  readonly title: string;
  readonly command: readonly string[];
  readonly settings: Settings;
  /** What has to be done, untimed, before each run. */
  prepare?(): Promise<void>;
}

/**
 * `uv pip install` of one tree of real wheels, straight from the index and through the agent, in turn, so that a busy moment
 * of the machine falls on all alike. uv keeps no cache of its own here.
 */
export async function measureInstalls(sandbox: Sandbox, packages: string, rounds: number): Promise<readonly Figure[]> {
  const ways = await prepareWays(sandbox, packages);
  const samples = new Map(ways.map((way) => [way, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) samples.get(way)?.push(await timeInstall(sandbox, way));
  }
  const wheels = distributionsIn(packages).length;
  const title = `uv install of ${wheels} wheels`;
  const figures = ways.map((way) => figure(way.id, `${title}, ${way.title}`, "s", samples.get(way) ?? []));
  const [straight, ...others] = figures;
  assert.ok(straight !== undefined);
  return [
    ...figures,
    ...others.map((each) => ratio(`${each.id}-ratio`, `${each.title}: times straight`, each, straight)),
  ];
}

async function prepareWays(sandbox: Sandbox, packages: string): Promise<readonly Way[]> {
  const index = await initIndex(sandbox, "tree");
  await importFolder(sandbox, index, packages);
  const { url } = await serve(sandbox, index);
  const uv = [programOf("uv", "uv"), "pip", "install", "--quiet", "--no-cache", "--target", targetOf(sandbox), PROJECT];
  const run = [countermark, "run", "--", ...uv];
  const [warm, cold] = [sandbox.otherHome("warm"), sandbox.otherHome("cold")];
  await trust(sandbox, url, index.fingerprint, { settings: warm });
  await install(sandbox, { command: run, settings: warm });
  const agent = await startAgent(sandbox, warm);
  const forget = async (): Promise<void> => {
    rmSync(cold["HOME"] ?? "", { recursive: true });
    sandbox.otherHome("cold");
    await trust(sandbox, url, index.fingerprint, { settings: cold });
  };
  return [
    { id: "install-straight", title: "straight", command: uv, settings: { UV_DEFAULT_INDEX: `${url}/simple/` } },
    { id: "install-agent-warm", title: "agent, warm", command: uv, settings: { UV_DEFAULT_INDEX: agent } },
    { id: "install-run-warm", title: "run, warm", command: run, settings: warm },
    { id: "install-run-cold", title: "run, first time", command: run, settings: cold, prepare: forget },
  ];
}

async function startAgent(sandbox: Sandbox, settings: Settings): Promise<string> {
  const agent = sandbox.start(countermark, ["agent"], { settings, timeoutMs: 30 * 60_000 });
  sandbox.scope.after(() => agent.stop());
  return `${await announcedUrl(agent)}/`;
}

async function timeInstall(sandbox: Sandbox, way: Way): Promise<number> {
  await way.prepare?.();
  const started = performance.now();
  await install(sandbox, way);
  return (performance.now() - started) / 1000;
}

async function install(sandbox: Sandbox, { command, settings }: Pick<Way, "command" | "settings">): Promise<void> {
  rmSync(targetOf(sandbox), { recursive: true, force: true });
  const [program = "", ...args] = command;
  const ending = await sandbox.run(program, args, { settings });
  assert.equal(ending.code, 0, ending.output);
}

function targetOf(sandbox: Sandbox): string {
  return join(sandbox.folder, "installed");
}

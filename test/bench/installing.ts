import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programOf } from "../../tools/python/environments.ts";
import { distributionsIn } from "../../tools/python/packages.ts";
import { announcedUrl, importFolder, initIndex, serve } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import type { Sandbox, Settings } from "../harness/sandbox.ts";
import { CLIENT } from "./built.ts";
import { figure, ratio, type Figure } from "./figures.ts";

/** The project whose tree is installed. */
const PROJECT = "ipykernel";

/** One way to do a piece of work, ready to be timed. */
interface Way {
  readonly id: string;
  readonly title: string;
  readonly command: readonly string[];
  readonly settings: Settings;
  readonly folder?: string;
  /** The way whose time this one's is a multiple of. */
  readonly against?: string;
  /** What has to be done, untimed, before each run. */
  readonly prepare?: () => unknown;
  /** The command takes its time itself and leaves it in this file, in nanoseconds. */
  readonly timeIn?: string;
}

/** The least that any gate does that hands out nothing unverified. */
const RELAY = join(import.meta.dirname, "whole-file-relay.mjs");

/** Times the command that follows, from inside of whatever starts it. */
const TIMER = 'file=$1; shift; began=$(date +%s%N); "$@" || exit; echo $(($(date +%s%N) - began)) > "$file"';

/**
 * uv with one tree of real wheels, straight from the index and through Countermark, in turn, so that a busy moment of the
 * machine falls on all alike. uv keeps no cache of its own here, and compiles nothing. `countermark` is the built command.
 */
export async function measureInstalls(sandbox: Sandbox, packages: string, rounds: number): Promise<readonly Figure[]> {
  const ways = await prepareWays(sandbox, packages);
  const samples = new Map(ways.map((way) => [way, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) samples.get(way)?.push(await timeWay(sandbox, way));
  }
  const title = `${distributionsIn(packages).length} wheels`;
  const figures = new Map(
    ways.map((way) => [way.id, figure(way.id, `${title}, ${way.title}`, "s", samples.get(way) ?? [])]),
  );
  const ratios = ways.flatMap(({ id, title: what, against }) => {
    const [above, below] = [figures.get(id), figures.get(against ?? "")];
    return above === undefined || below === undefined
      ? []
      : [ratio(`${id}-ratio`, `${what}: times straight`, above, below)];
  });
  return [...figures.values(), ...ratios];
}

async function prepareWays(sandbox: Sandbox, packages: string): Promise<readonly Way[]> {
  const index = await initIndex(sandbox, "tree");
  await importFolder(sandbox, index, packages);
  const { url } = await serve(sandbox, index);
  const straight = { UV_DEFAULT_INDEX: `${url}/simple/`, UV_NO_CACHE: "1", NODE_OPTIONS: undefined };
  const warm: Settings = { ...straight, ...sandbox.otherHome("warm") };
  const cold: Settings = { ...straight, ...sandbox.otherHome("cold") };
  const pip = [programOf("uv", "uv"), "pip", "install", "--quiet"];
  const install = [...pip, "--target", targetOf(sandbox), PROJECT];
  const dryRun = [...pip, "--dry-run", "--target", targetOf(sandbox), PROJECT];
  const run = [process.execPath, CLIENT, "run", "--"];
  await trust(sandbox, url, index.fingerprint, { settings: warm });
  await sandbox.run(process.execPath, [CLIENT, "run", "--", ...install], { settings: warm });
  const agent = await startAgent(sandbox, warm);
  const folder = await lockedProject(sandbox, straight);
  const sync = [programOf("uv", "uv"), "sync", "--quiet", "--frozen"];
  const forget = async (): Promise<void> => {
    rmSync(cold["HOME"] ?? "", { recursive: true });
    sandbox.otherHome("cold");
    await trust(sandbox, url, index.fingerprint, { settings: cold });
  };
  const clear = (): void => rmSync(targetOf(sandbox), { recursive: true, force: true });
  const unsync = (): void => rmSync(join(folder, ".venv"), { recursive: true, force: true });
  const [hot, fresh] = [{ settings: warm }, { settings: cold }];
  const timeIn = join(sandbox.folder, "nanoseconds");
  const inside = [...run, "sh", "-c", TIMER, "timer", timeIn];
  return [
    { id: "install-straight", title: "uv pip install straight", command: install, settings: straight, prepare: clear },
    {
      id: "install-floor",
      title: "uv pip install through a Node that hands on whole files, unread, its start counted",
      command: [process.execPath, RELAY, url, ...install],
      settings: straight,
      prepare: clear,
      against: "install-straight",
    },
    {
      id: "install-run-warm",
      title: "uv pip install in a warm run",
      command: [...run, ...install],
      ...hot,
      prepare: clear,
      against: "install-straight",
    },
    {
      id: "install-inside",
      title: "uv pip install inside a run that is up",
      command: [...inside, ...install],
      ...hot,
      timeIn,
      prepare: clear,
      against: "install-straight",
    },
    {
      id: "install-agent",
      title: "uv pip install through a warm agent",
      command: install,
      settings: { ...straight, UV_DEFAULT_INDEX: agent },
      prepare: clear,
      against: "install-straight",
    },
    {
      id: "install-run-cold",
      title: "uv pip install in a first run",
      command: [...run, ...install],
      ...fresh,
      prepare: () => (clear(), forget()),
      against: "install-straight",
    },
    {
      id: "sync-straight",
      title: "uv sync --frozen straight",
      command: sync,
      settings: straight,
      folder,
      prepare: unsync,
    },
    {
      id: "sync-run-warm",
      title: "uv sync --frozen in a warm run",
      command: [...run, ...sync],
      ...hot,
      folder,
      prepare: unsync,
      against: "sync-straight",
    },
    {
      id: "sync-inside",
      title: "uv sync --frozen inside a run that is up",
      command: [...inside, ...sync],
      ...hot,
      folder,
      timeIn,
      prepare: unsync,
      against: "sync-straight",
    },
    {
      id: "resolve-straight",
      title: "resolve (dry run) straight",
      command: dryRun,
      settings: straight,
      prepare: clear,
    },
    {
      id: "resolve-agent",
      title: "resolve (dry run) through a warm agent",
      command: dryRun,
      settings: { ...straight, UV_DEFAULT_INDEX: agent },
      prepare: clear,
      against: "resolve-straight",
    },
    { id: "run-start", title: "run of a command that does nothing", command: [...run, "true"], ...hot },
    {
      id: "node-start",
      title: "the same without countermark: node alone",
      command: [process.execPath, "-e", "0"],
      settings: straight,
    },
  ];
}

/** A project whose lock names the index's own addresses. */
async function lockedProject(sandbox: Sandbox, settings: Settings): Promise<string> {
  const folder = join(sandbox.folder, "project");
  mkdirSync(folder);
  // The tree holds wheels for this machine alone: a lock for others could not be made.
  const which =
    "import sys; print(f\"sys_platform == {sys.platform!r} and python_version == '{sys.version_info[0]}.{sys.version_info[1]}' and implementation_name == {sys.implementation.name!r}\")";
  const { stdout: here } = await sandbox.run(programOf("pip-newest", "python"), ["-c", which]);
  const lines = ['name = "own"', 'version = "0"', 'requires-python = ">=3.10"', `dependencies = ["${PROJECT}"]`];
  writeFileSync(
    join(folder, "pyproject.toml"),
    `[project]\n${lines.join("\n")}\n\n[tool.uv]\nenvironments = ["${here.trim()}"]\n`,
  );
  const ending = await sandbox.run(programOf("uv", "uv"), ["lock", "--quiet"], { folder, settings });
  assert.equal(ending.code, 0, ending.output);
  return folder;
}

async function startAgent(sandbox: Sandbox, settings: Settings): Promise<string> {
  const agent = sandbox.start(process.execPath, [CLIENT, "agent"], { settings, timeoutMs: 30 * 60_000 });
  sandbox.scope.after(() => agent.stop());
  return `${await announcedUrl(agent)}/`;
}

async function timeWay(sandbox: Sandbox, { command, settings, folder, prepare, timeIn }: Way): Promise<number> {
  await prepare?.();
  const [program = "", ...args] = command;
  const started = performance.now();
  const ending = await sandbox.run(program, args, { settings, ...(folder !== undefined && { folder }) });
  assert.equal(ending.code, 0, ending.output);
  if (timeIn !== undefined) return Number(readFileSync(timeIn, "utf8")) / 1e9;
  return (performance.now() - started) / 1000;
}

function targetOf(sandbox: Sandbox): string {
  return join(sandbox.folder, "installed");
}

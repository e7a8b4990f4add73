import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { environmentOf } from "../../tools/python/environments.ts";
import { run, start, type Ending, type Running } from "./processes.ts";
import type { Scope } from "./scope.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { openTrap } from "./trap.ts";

/** Settings that one program gets besides, or in place of, the sandbox's; `undefined` takes one away. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Options of one run in a sandbox. */
export interface Options {
  readonly settings?: Settings;
  readonly folder?: string;
  readonly timeoutMs?: number;
}

/**
 * A place that knows nothing of the user's machine: an empty home folder, an environment made from nothing, and every
 * proxy variable at a trap. At its end it fails when anything tried to leave loopback.
 */
export interface Sandbox {
  readonly scope: Scope;
  /** A folder of its own, removed at the end. */
  readonly folder: string;
  run(program: string, args: readonly string[], options?: Options): Promise<Ending>;
  start(program: string, args: readonly string[], options?: Options): Running;
  /** A second home on the same machine: another user, who has seen nothing yet. */
  otherHome(name: string): Settings;
  /** What tried to leave loopback so far; taking it accepts it. */
  takeCaught(): readonly string[];
}

/** Opens a sandbox that closes with the scope, in a folder that goes with it unless another one is given. */
export async function openSandbox(scope: Scope, folder: string = temporaryFolder(scope)): Promise<Sandbox> {
  const trap = await openTrap(scope);
  let accepted = 0;
  scope.after(() => {
    assert.deepEqual(trap.caught.slice(accepted), [], "something tried to leave loopback");
  });
  const environment = emptyEnvironment(makeHome(folder, "home"), trap.url);
  const how = (options: Options = {}) => ({
    environment: withSettings(environment, options.settings ?? {}),
    folder: options.folder ?? folder,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  });
  return {
    scope,
    folder,
    run: (program, args, options) => run(program, args, how(options)),
    start: (program, args, options) => start(program, args, how(options)),
    otherHome: (name) => homeSettings(makeHome(folder, name)),
    takeCaught: () => {
      const caught = trap.caught.slice(accepted);
      accepted = trap.caught.length;
      return caught;
    },
  };
}

function makeHome(folder: string, name: string): string {
  const home = join(folder, name);
  mkdirSync(join(home, "tmp"), { recursive: true });
  return home;
}

function homeSettings(home: string): Record<string, string> {
  return { HOME: home, TMPDIR: join(home, "tmp") };
}

function emptyEnvironment(home: string, trapUrl: string): Record<string, string> {
  const proxies = ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  return {
    ...homeSettings(home),
    ...Object.fromEntries(proxies.map((name) => [name, trapUrl])),
    no_proxy: "127.0.0.1,localhost",
    NO_PROXY: "127.0.0.1,localhost",
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    LANG: "C.UTF-8",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    UV_PYTHON: join(environmentOf("pip-newest"), "bin", "python"),
    UV_PYTHON_DOWNLOADS: "never",
  };
}

function withSettings(environment: Record<string, string>, settings: Settings): Record<string, string> {
  const merged = Object.entries({ ...environment, ...settings });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "./commands.ts";
import type { Ending } from "./processes.ts";
import type { Options, Sandbox, Settings } from "./sandbox.ts";

/** An unmodified installer, and how it is told to install something into a folder from an index. */
export interface Installer {
  readonly name: string;
  /** The command that installs `requirements` into `target` from the index its settings name. */
  command(target: string, requirements: readonly string[]): readonly string[];
  /** The settings with which a user without the agent names an index, and a second one for what the first lacks. */
  plain(url: string, second?: string): Settings;
}

/** pip as it is now: JSON pages, separate metadata. */
export const newPip: Installer = pip("pip-newest");

/** pip of 2022: HTML pages only. */
export const oldPip: Installer = pip("pip-old");

/** uv's pip interface. */
export const uvPip: Installer = {
  name: "uv pip",
  command: (target, requirements) => [
    ...[programOf("uv", "uv"), "pip", "install", "--no-progress", "--target", target],
    ...requirements,
  ],
  plain: (url, second) =>
    second === undefined
      ? { UV_DEFAULT_INDEX: `${url}/simple/` }
      : { UV_INDEX: `${url}/simple/`, UV_DEFAULT_INDEX: `${second}/simple/` },
};

/** All that install into a folder. */
export const installers: readonly Installer[] = [newPip, oldPip, uvPip];

function pip(tool: "pip-newest" | "pip-old"): Installer {
  return {
    name: tool,
    command: (target, requirements) => [
      ...[programOf(tool, "python"), "-m", "pip", "install", "--progress-bar", "off", "--no-compile"],
      ...["--target", target, ...requirements],
    ],
    plain: (url, second) => ({
      PIP_INDEX_URL: `${url}/simple/`,
      ...(second !== undefined && { PIP_EXTRA_INDEX_URL: `${second}/simple/` }),
    }),
  };
}

/** An installation: how the command ended, and the folder it was to fill. */
export interface Installation extends Ending {
  readonly target: string;
}

let installations = 0;

/** Installs as a user without the agent does: the control. */
export function installPlainly(
  sandbox: Sandbox,
  installer: Installer,
  url: string,
  requirements: readonly string[],
  options: Options = {},
): Promise<Installation> {
  const target = freshTarget(sandbox);
  const [program = "", ...args] = installer.command(target, requirements);
  const settings = { ...installer.plain(url), ...options.settings };
  return withTarget(target, sandbox.run(program, args, { ...options, settings }));
}

/** Installs through the agent, with the command that the user would have run. */
export function installVerified(
  sandbox: Sandbox,
  installer: Installer,
  requirements: readonly string[],
  options?: Options,
): Promise<Installation> {
  const target = freshTarget(sandbox);
  return withTarget(
    target,
    sandbox.run(countermark, ["run", "--", ...installer.command(target, requirements)], options),
  );
}

/** Pins an index in the agent. */
export async function trust(sandbox: Sandbox, url: string, fingerprint: string, options?: Options): Promise<void> {
  const ending = await sandbox.run(countermark, ["trust", `${url}/`, "--root", fingerprint], options);
  assert.equal(ending.code, 0, ending.output);
}

/** What the installed module prints when it is imported: proof of whose code it is. */
export async function importing(sandbox: Sandbox, target: string, module: string): Promise<string> {
  const ending = await sandbox.run(programOf("pip-newest", "python"), ["-c", `import ${module}`], {
    settings: { PYTHONPATH: target, PYTHONDONTWRITEBYTECODE: "1" },
  });
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout.trim();
}

/** Whether a module was put into a folder. */
export function hasModule(target: string, module: string): boolean {
  return existsSync(join(target, `${module}.py`));
}

function freshTarget(sandbox: Sandbox): string {
  installations += 1;
  return join(sandbox.folder, `target-${installations}`);
}

async function withTarget(target: string, ending: Promise<Ending>): Promise<Installation> {
  return { ...(await ending), target };
}

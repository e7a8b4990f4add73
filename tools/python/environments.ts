import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { SetUpError } from "./errors.ts";
import { askInterpreter, type Interpreter } from "./interpreter.ts";
import { cache, requirements, requirementsFile } from "./places.ts";
import { pipWithRegistry, uvInstall } from "./registry.ts";
import { isStamped, stampOf, writeStamp } from "./stamp.ts";

const run = promisify(execFile);

/** The tools, each in a virtual environment of its own; `pip-newest` and `uv` set up the others. */
export type Tool = (typeof FIRST)[number] | (typeof OTHERS)[number];
const FIRST = ["pip-newest", "uv"] as const;
const OTHERS = [
  "pip-old",
  "tuf",
  "twine",
  "poetry",
  "pdm",
  "flit",
  "hatch",
  "pipx",
  "setuptools-upload",
  "packaging",
  "pypiserver",
  "devpi",
  "proxpi",
] as const;
/** Environments that are filled at a time: mostly they wait for the registry, or for the disk. */
const WORKERS = 3;

/** The folder of a tool's environment, set up or not. */
export function environmentOf(tool: Tool): string {
  return join(cache, "python", tool);
}

/** A program of a tool's environment, such as `python`, `pip` or `uv`. */
export function programOf(tool: Tool, program: string): string {
  return join(environmentOf(tool), "bin", program);
}

/**
 * Makes every environment that is missing, was made from other requirements, or has lost the Python that it was made from;
 * says so through `tell`.
 */
export async function setUpTools(tell: (line: string) => void): Promise<void> {
  for (const tool of FIRST) await setUp(tool, tell);
  const queue = OTHERS.values();
  const work = async (): Promise<void> => {
    for (const tool of queue) await setUp(tool, tell);
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

async function setUp(tool: Tool, tell: (line: string) => void): Promise<void> {
  const folder = environmentOf(tool);
  const stamp = stampOf(folder, requirements(tool));
  if (isStamped(folder, stamp) && existsSync(programOf(tool, "python"))) return;
  tell(`setting up ${tool} in .cache (once)`);
  await makeEnvironment(await askInterpreter(), tool);
  writeStamp(folder, stamp);
}

async function makeEnvironment(interpreter: Interpreter, tool: Tool): Promise<void> {
  const folder = environmentOf(tool);
  rmSync(folder, { recursive: true, force: true });
  const isFirst = tool === "pip-newest";
  await run(interpreter.executable, ["-m", "venv", ...(isFirst ? [] : ["--without-pip"]), folder]).catch(
    (cause: unknown) => {
      throw new SetUpError(
        "python3 could not make a virtual environment",
        "on Debian and Ubuntu install the package python3-venv",
        { cause },
      );
    },
  );
  const target = isFirst ? [] : ["--python", programOf(tool, "python")];
  const pinned = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement", requirementsFile(tool)];
  const isFilled =
    existsSync(programOf("uv", "uv")) && (await uvInstall(programOf("uv", "uv"), [...target, ...pinned]));
  if (!isFilled) await pipWithRegistry(programOf("pip-newest", "python"), [...target, "install", ...pinned]);
}

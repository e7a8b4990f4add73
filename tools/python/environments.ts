import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { SetUpError } from "./errors.ts";
import { askInterpreter, type Interpreter } from "./interpreter.ts";
import { cache, requirements, requirementsFile } from "./places.ts";
import { pipWithRegistry } from "./registry.ts";
import { isStamped, stampOf, writeStamp } from "./stamp.ts";

const run = promisify(execFile);

/** The tools, each in a virtual environment of its own; `pip-newest` sets up the others. */
export type Tool = "pip-newest" | "pip-old" | "uv" | "tuf";
const TOOLS: readonly Tool[] = ["pip-newest", "pip-old", "uv", "tuf"];

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
  for (const tool of TOOLS) {
    const folder = environmentOf(tool);
    const stamp = stampOf(folder, requirements(tool));
    if (isStamped(folder, stamp) && existsSync(programOf(tool, "python"))) continue;
    tell(`setting up ${tool} in .cache (once)`);
    await makeEnvironment(await askInterpreter(), tool);
    writeStamp(folder, stamp);
  }
}

async function makeEnvironment(interpreter: Interpreter, tool: Tool): Promise<void> {
  const folder = environmentOf(tool);
  rmSync(folder, { recursive: true, force: true });
  const first = tool === "pip-newest";
  await run(interpreter.executable, ["-m", "venv", ...(first ? [] : ["--without-pip"]), folder]).catch(
    (cause: unknown) => {
      throw new SetUpError(
        "python3 could not make a virtual environment",
        "on Debian and Ubuntu install the package python3-venv",
        { cause },
      );
    },
  );
  const target = first ? [] : ["--python", programOf(tool, "python")];
  const install = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:"];
  await pipWithRegistry(programOf("pip-newest", "python"), [
    ...target,
    ...install,
    "--requirement",
    requirementsFile(tool),
  ]);
}

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { goProgram, GoMissing, pinnedVersion } from "../../../tools/go/set-up.ts";
import { programOf, setUpTools } from "../../../tools/python/environments.ts";
import { SetUpError } from "../../../tools/python/errors.ts";
import { checkout } from "../../../tools/python/places.ts";

const run = promisify(execFile);

/** What a program is asked to measure: one folder of files, or a client that has everything already. */
export type Mode = "files" | "returning";

/** One that takes part. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** By mode, the program and its arguments, to which mode and folder are added. */
  readonly commands: Readonly<Partial<Record<Mode, readonly string[]>>>;
  /** So slow that it runs once, with a time limit, and only when asked for. */
  readonly slow?: true;
}

/** One that cannot take part, and why. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

/** Everybody in the order of the report: the floor, ours, the peers. Says through `tell` what is set up first. */
export async function gatherContenders(tell: (line: string) => void): Promise<(Contender | Missing)[]> {
  await build(tell);
  return [floor(), ours(), await pythonTuf(tell), await goTuf(tell), tufJs()];
}

/** Ours is measured as it is shipped: built, without what runs it from its sources. */
async function build(tell: (line: string) => void): Promise<void> {
  tell("building the packages");
  await run(
    process.execPath,
    [join(checkout, "node_modules/typescript/bin/tsc"), "--build", "packages/tuf", "packages/client"],
    {
      cwd: checkout,
    },
  );
}

function floor(): Contender {
  const commands = { files: nodeProgram("floor"), returning: nodeProgram("floor-returning") };
  return { name: "floor", version: `Node ${process.versions.node}`, commands };
}

function ours(): Contender {
  const version = versionOf("packages/tuf");
  const commands = { files: nodeProgram("countermark-tuf"), returning: nodeProgram("countermark-client") };
  return { name: "countermark", version, commands };
}

async function pythonTuf(tell: (line: string) => void): Promise<Contender | Missing> {
  const name = "python-tuf";
  try {
    await setUpTools(tell);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    return { name, missing: error.message };
  }
  const python = programOf("tuf", "python");
  const question = "import importlib.metadata as m, platform; print(m.version('tuf'), platform.python_version())";
  const [version, interpreter] = (await run(python, ["-I", "-c", question])).stdout.trim().split(" ");
  const program = join(import.meta.dirname, "programs", "python_tuf.py");
  return { name, version: `${version ?? ""}, Python ${interpreter ?? ""}`, commands: both([python, "-I", program]) };
}

async function goTuf(tell: (line: string) => void): Promise<Contender | Missing> {
  const name = "go-tuf";
  try {
    const program = await goProgram("measure", tell);
    const { stdout } = await run("go", ["env", "GOVERSION"]);
    const version = `${pinnedVersion("github.com/theupdateframework/go-tuf/v2")}, ${stdout.trim()}`;
    return { name, version, commands: both([program]) };
  } catch (error) {
    if (!(error instanceof GoMissing)) throw error;
    return { name, missing: error.message };
  }
}

function tufJs(): Contender {
  const version = versionOf("node_modules/tuf-js");
  return { name: "tuf-js", version, commands: both(nodeProgram("tuf-js")), slow: true };
}

function both(command: readonly string[]): Contender["commands"] {
  return { files: command, returning: command };
}

function nodeProgram(name: string): string[] {
  return [process.execPath, join(import.meta.dirname, "programs", `${name}.mjs`)];
}

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(checkout, folder, "package.json"), "utf8")) as { version: string };
  return version;
}

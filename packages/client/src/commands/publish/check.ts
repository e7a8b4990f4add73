import { open } from "node:fs/promises";
import { basename } from "node:path";
import { checkDistribution, PackagingError } from "@countermark/packaging";
import { systemCode } from "../../errors.ts";
import { TO_READ } from "../../platform.ts";
import { printable } from "../../printable.ts";
import { descriptorSource } from "../../verify/descriptor-source.ts";
import { print } from "../report.ts";

/** One thing that is wrong with a file. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What was found out about one file; without problems an index takes it. */
export interface CheckedFile {
  readonly file: string;
  readonly project?: string;
  readonly version?: string;
  readonly problems: readonly Problem[];
}

/** Exit code where some file has a problem. */
const EXIT_PROBLEMS = 1;

/** `countermark check`: the checks that an index makes of an upload, made before it. Prints a line for each file. */
export async function check(files: readonly string[], options: { readonly json?: boolean }): Promise<number> {
  const found: CheckedFile[] = [];
  for (const file of files) {
    const checked = await checkFile(file);
    found.push(checked);
    if (options.json !== true) print(inWords(checked));
  }
  if (options.json === true) print(JSON.stringify(found));
  return found.some(({ problems }) => problems.length > 0) ? EXIT_PROBLEMS : 0;
}

/** Reads one file from end to end. */
export async function checkFile(path: string): Promise<CheckedFile> {
  try {
    // Nobody is waited for at the other end of a pipe.
    const handle = await open(path, TO_READ);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return unreadable(path, "it is no file");
      const { distribution, problems } = checkDistribution(basename(path), descriptorSource(handle.fd, stat.size));
      const { project, version } = distribution;
      return { file: path, project, version, problems: problems.map(problemOf) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof PackagingError) return { file: path, problems: [problemOf(error)] };
    const code = systemCode(error);
    if (code === undefined) throw error;
    return unreadable(path, code);
  }
}

function unreadable(file: string, why: string): CheckedFile {
  return { file, problems: [{ code: "DIST_REFUSED", message: `cannot be read: ${why}`, hint: "check the path" }] };
}

function problemOf({ code, message, hint }: PackagingError): Problem {
  return { code, message, hint };
}

function inWords({ file, project, version, problems }: CheckedFile): string {
  const name = printable(file, 500);
  if (problems.length === 0) return `${name}: ${project ?? ""} ${version ?? ""}, fit to be published`;
  return problems.map(({ code, message }) => `${name}: ${code}: ${printable(message, 1000)}`).join("\n");
}

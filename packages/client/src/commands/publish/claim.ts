import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ReleaseFile } from "@countermark/repository";
import type { SigningOptions } from "../../account/key-source.ts";
import { ClientError, systemCode } from "../../errors.ts";
import { prepareFile, type PreparedFile } from "../../publish/prepared-file.ts";
import { presentProject } from "../../publish/present-project.ts";
import { openSession } from "../../session.ts";
import { say } from "../report.ts";
import { change, readProject } from "./publish.ts";

/** What `countermark claim` was asked for. */
export interface ClaimOptions extends SigningOptions {
  /** A folder of own builds to compare with. */
  readonly with?: string;
  readonly leaveOut?: readonly string[];
}

/** How a listed file compares with the builds at hand. */
export type Comparison = "same" | "different" | "not here";

/**
 * Takes over a project whose files nobody signs for: they are listed, compared with own builds where there are any, and
 * adopted; from then on the account alone releases. What differs from an own build is left out only on request.
 */
export async function claim(name: string, options: ClaimOptions): Promise<number> {
  const project = readProject(name);
  const own = options.with === undefined ? [] : await readFolder(options.with, project);
  const listed = await listedFiles(project, options);
  const leaveOut = new Set(options.leaveOut ?? []);
  for (const filename of leaveOut) {
    if (!listed.some((file) => file.filename === filename)) {
      throw new ClientError("USAGE", `${project} has no file ${filename} to leave out`);
    }
  }
  const built = listed.filter((file) => compare(file, own) === "same");
  const taken = {
    listed: new Map(listed.map(({ filename, sha256 }) => [filename, sha256])),
    ...{ leaveOut, built: new Set(built.map(({ filename }) => filename)) },
  };
  return await change({
    project,
    wanted: { claim: taken },
    files: [],
    options,
    purpose: `to claim ${project} with its ${listed.length - leaveOut.size} files`,
    notes: options.with === undefined ? [NOT_COMPARED] : comparisonInWords(listed, own),
  });
}

const NOT_COMPARED = "  nothing was compared: --with DIR compares the files with builds of your own";

/** Compares by content: names may be spelled alike and hold something else. */
export function compare(file: ReleaseFile, own: readonly PreparedFile[]): Comparison {
  const mine = own.find(({ filename }) => filename === file.filename);
  if (mine === undefined) return "not here";
  return mine.sha256 === file.sha256 ? "same" : "different";
}

function comparisonInWords(listed: readonly ReleaseFile[], own: readonly PreparedFile[]): readonly string[] {
  return listed.map((file) => {
    const verdict = compare(file, own);
    const warning = verdict === "different" ? "  <- not what you built: --leave-out takes it out" : "";
    return `  ${verdict.padEnd(9)} ${file.filename}${warning}`;
  });
}

async function listedFiles(project: string, options: ClaimOptions): Promise<readonly ReleaseFile[]> {
  const session = await openSession(options.index);
  try {
    const { files } = await presentProject((await session.open(project)).index, project);
    if (files.size === 0) say(`${project} has no files`);
    return [...files.values()];
  } finally {
    await session.close();
  }
}

async function readFolder(folder: string, project: string): Promise<readonly PreparedFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new ClientError("USAGE", `${folder} cannot be read (${systemCode(cause) ?? "failed"})`, { cause });
  }
  const files: PreparedFile[] = [];
  for (const name of names.filter((each) => /\.(?:whl|tar\.gz|zip)$/.test(each)).sort()) {
    files.push(await prepareFile(join(folder, name)));
  }
  return files.filter((file) => file.project === project);
}

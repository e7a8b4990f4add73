import { parseName, PackagingError } from "@countermark/packaging";
import type { ReleaseFile } from "@countermark/repository";
import type { SigningOptions } from "../../account/key-source.ts";
import { ClientError } from "../../errors.ts";
import { carryOut, type ChangeRequest } from "../../publish/carry-out.ts";
import { prepareFile, projectOf, type PreparedFile } from "../../publish/prepared-file.ts";
import type { Published } from "../../publish/transaction.ts";
import { openSession } from "../../session.ts";
import { showProgress } from "../progress.ts";
import { say } from "../report.ts";

const SECOND = 1000;

/** What `countermark publish` was asked for. */
export interface PublishOptions extends SigningOptions {
  /** The project that the files must be of. */
  readonly project?: string;
}

/** Releases files of one project: checks them, shows what is signed, signs, sends, and waits until it is seen. */
export async function publish(paths: readonly string[], options: PublishOptions): Promise<number> {
  const files: PreparedFile[] = [];
  for (const path of paths) files.push(await prepareFile(path));
  return await releaseFiles(files, options);
}

/** The same for files that were read already. */
export async function releaseFiles(files: readonly PreparedFile[], options: PublishOptions): Promise<number> {
  const project = projectOf(files);
  const meant = options.project === undefined ? project : readProject(options.project);
  if (meant !== project) {
    throw new ClientError("DIST_PROJECT", `the files are of ${project}, not of ${meant}`, {
      hint: "nothing was signed for either",
    });
  }
  const add = files.map((file) => releaseFile(file, Date.now()));
  return await change({
    project,
    wanted: { release: { add } },
    files,
    options,
    // What stands already is not released again: the prompt names what is signed.
    purpose: ({ versions }) => `to release ${project} ${versions.join(", ")}`,
  });
}

/** Carries a change out and tells what came of it. */
export async function change(request: ChangeRequest): Promise<number> {
  const session = await openSession(request.options.index);
  const progress = showProgress();
  try {
    const at = await session.open(request.project);
    const published = await carryOut(at, request, { say, progress });
    progress.end();
    if (published !== undefined) tell(published, at.repository.url);
    return 0;
  } finally {
    progress.end();
    await session.close();
  }
}

function tell({ outcome, planned, transaction }: Published, url: string): void {
  const { project } = planned.present;
  for (const warning of outcome.warnings) say(`countermark: warning: ${warning}`);
  if (outcome.outcome === "waiting") {
    say(`countermark: signed, and waiting for others to sign, too: nothing of it can be installed yet`);
    say(`\nhint: the next one runs: countermark approve ${project} --transaction ${transaction}`);
    return;
  }
  for (const { filename, sha256 } of planned.described.added) say(`countermark: signed ${filename} sha256:${sha256}`);
  const roles = [
    outcome.p === undefined ? [] : [`p.${project} ${outcome.p}`],
    [`r.${project} ${outcome.r ?? 0}`],
  ].flat();
  say(`countermark: published at ${url}, seen by this machine's own verifier (${roles.join(", ")})`);
}

/** The entry of a file in its project's list. */
export function releaseFile(file: PreparedFile, now: number): ReleaseFile {
  const { filename, sha256, length, requiresPython, coreMetadata } = file;
  return {
    filename,
    sha256,
    length,
    uploadTime: Math.floor(now / SECOND) * SECOND,
    ...(requiresPython !== undefined && { requiresPython }),
    ...(coreMetadata !== undefined && { coreMetadata }),
  };
}

/** A project's name as people write it, normalised. Throws ClientError `USAGE`. */
export function readProject(name: string): string {
  try {
    return parseName(name);
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    const { message, hint } = cause;
    throw new ClientError("USAGE", message, { ...(hint !== undefined && { hint }), cause });
  }
}

import { compareVersions, isVersion, parseDistributionFilename, parseVersion } from "@countermark/packaging";
import type { ReleaseFile } from "@countermark/repository";
import type { SigningOptions } from "../../account/key-source.ts";
import { ClientError } from "../../errors.ts";
import type { WantedChange } from "../../publish/change.ts";
import { presentProject } from "../../publish/present-project.ts";
import { openSession } from "../../session.ts";
import { change, readProject } from "./publish.ts";

/** What `yank`, `unyank` and `delete` were asked for. */
export interface WithdrawOptions extends SigningOptions {
  readonly reason?: string;
}

export type Withdrawal = "yank" | "unyank" | "delete";

/**
 * Yanks, unyanks or deletes releases of a project, signed like any other change of its list (PEP 592).
 * @param what versions or file names
 */
export async function withdraw(
  kind: Withdrawal,
  name: string,
  what: readonly string[],
  options: WithdrawOptions,
): Promise<number> {
  const project = readProject(name);
  const files = await meantFiles(project, what, options);
  return await change({
    project,
    wanted: wantedBy(
      kind,
      files.map(({ filename }) => filename),
      options.reason,
    ),
    files: [],
    options,
    purpose: `to ${kind} ${files.length} ${files.length === 1 ? "file" : "files"} of ${project}`,
  });
}

function wantedBy(kind: Withdrawal, filenames: readonly string[], reason: string | undefined): WantedChange {
  switch (kind) {
    case "yank":
      return { release: { yank: new Map(filenames.map((filename) => [filename, reason ?? (true as const)])) } };
    case "unyank":
      return { release: { unyank: filenames } };
    case "delete":
      return { release: { remove: filenames } };
  }
}

async function meantFiles(
  project: string,
  what: readonly string[],
  { index }: SigningOptions,
): Promise<readonly ReleaseFile[]> {
  const session = await openSession(index);
  try {
    const { files, signed } = await presentProject((await session.open(project)).index, project);
    if (signed === undefined) {
      throw new ClientError("PROJECT_STANDING", `nobody signs for ${project} yet`, {
        hint: `countermark claim ${project} takes it over; until then the operator yanks and deletes`,
      });
    }
    return [...new Set(what.flatMap((each) => meantBy(each, project, [...files.values()])))];
  } finally {
    await session.close();
  }
}

/** A version means all of its files; versions are compared, not spellings. */
function meantBy(text: string, project: string, files: readonly ReleaseFile[]): readonly ReleaseFile[] {
  const version = isVersion(text) ? parseVersion(text) : undefined;
  const meant = files.filter(
    ({ filename }) =>
      filename === text ||
      (version !== undefined && compareVersions(parseDistributionFilename(filename, project).version, version) === 0),
  );
  if (meant.length > 0) return meant;
  throw new ClientError("USAGE", `${project} has neither a version nor a file ${text}`, {
    hint: `countermark why ${project} --json lists its files`,
  });
}

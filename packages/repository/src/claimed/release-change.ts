import { parseDistributionFilename, PackagingError } from "@countermark/packaging/naming";
import { makeTargets, type JsonObject, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { foldedName } from "../layout/folded-name.ts";
import { filesOfProject } from "../project/files-of-project.ts";
import { decodeReleaseFile, encodeReleaseFile, type ReleaseFile } from "../wire/release-file.ts";
import type { Term } from "./project-draft.ts";

/** What a releaser asks for. It is applied to whatever stands at the time, so that it can be applied anew. */
export interface ReleaseChange {
  readonly add?: readonly ReleaseFile[];
  /** File name to `true`, or the reason. */
  readonly yank?: ReadonlyMap<string, true | string>;
  readonly unyank?: readonly string[];
  /** The only way by which an entry goes. */
  readonly remove?: readonly string[];
}

/** Files of a project by name, in the order of its role. */
export type FileList = ReadonlyMap<string, ReleaseFile>;

/** The files that a verified role lists of a project. Throws as `decodeReleaseFile` does. */
export function filesIn(role: Targets | undefined, project: string): FileList {
  const entries = role === undefined ? [] : filesOfProject(role, project);
  const files = entries.map(([path, entry]) => decodeReleaseFile(path, entry));
  return new Map(files.map((file) => [file.filename, file]));
}

/**
 * The list with a change: adds, and drops nothing that the signer did not ask to drop. A file that stands already with
 * the same content is left as it stands, so that a change may be sent twice.
 * @throws RepositoryError `DRAFT` where a name stands for other content, or a file to be yanked is not there
 */
export function changeFiles(before: FileList, change: ReleaseChange): FileList {
  const { add = [], yank = new Map<string, true | string>(), unyank = [], remove = [] } = change;
  const after = new Map(before);
  const taken = new Map([...before.keys()].map((name) => [folded(name), name]));
  for (const file of add) addFile(after, taken, file);
  for (const [filename, reason] of yank) after.set(filename, { ...standing(after, filename), yanked: reason });
  for (const filename of unyank) {
    const { yanked: _, ...file } = standing(after, filename);
    after.set(filename, file);
  }
  for (const filename of remove) after.delete(filename);
  return after;
}

function addFile(files: Map<string, ReleaseFile>, taken: Map<string, string>, file: ReleaseFile): void {
  const twin = taken.get(folded(file.filename));
  if (twin === undefined) {
    taken.set(folded(file.filename), file.filename);
    files.set(file.filename, file);
    return;
  }
  if (twin === file.filename && files.get(twin)?.sha256 === file.sha256) return;
  throw new RepositoryError("DRAFT", `${file.filename} stands already, as ${twin}, with other content`);
}

function standing(files: FileList, filename: string): ReleaseFile {
  const file = files.get(filename);
  if (file !== undefined) return file;
  throw new RepositoryError("DRAFT", `the project has no file ${filename}`);
}

/** What must be unique in a project. A name that is no distribution's is refused elsewhere. */
export function folded(filename: string): string {
  try {
    return foldedName(parseDistributionFilename(filename));
  } catch (error) {
    if (error instanceof PackagingError) return filename.toLowerCase();
    throw error;
  }
}

/** `r.<project>` to be signed. */
export function composeReleaseRole(
  project: string,
  files: FileList,
  term: Term,
  unknown: JsonObject = new Map(),
): Targets {
  const targets = new Map([...files.values()].map((file) => encodeReleaseFile(project, file)));
  return makeTargets({ ...term, targets, unknown });
}

/** The files of a project nobody signed for, as the one who takes it over lists them: `adopted`, nothing else changed. */
export function adopt(files: FileList, leaveOut: ReadonlySet<string> = new Set()): FileList {
  const kept = [...files].filter(([filename]) => !leaveOut.has(filename));
  return new Map(kept.map(([filename, file]) => [filename, { ...file, adopted: true }]));
}

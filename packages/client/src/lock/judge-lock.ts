import { compareVersions, parseDistributionFilename, parseVersion, type Version } from "@countermark/packaging";
import type { ProjectListing, ReleaseFile } from "@countermark/repository";
import type { LockedFile, LockedProject } from "./locked-project.ts";

/** What becomes of one project of a lock file. All but `verified` and `local` fail the whole. */
export type LockStatus =
  | "verified"
  | "local"
  | "not in the index"
  | "other hash"
  | "from elsewhere"
  | "without hash"
  | "refused"
  | "not known";

/** The verdict on one project of a lock file. */
export interface LockVerdict {
  readonly project: string;
  readonly version?: string;
  readonly status: LockStatus;
  /** What exactly does not fit, one line each. */
  readonly notes: readonly string[];
}

/** The statuses with which a lock file is good. */
export const GOOD: ReadonlySet<LockStatus> = new Set(["verified", "local"]);

/**
 * Compares what a lock file says of a project with what was signed: every hash, by the file's name where the lock file has
 * names. `listing` is `undefined` when it is verified that there is no such project.
 */
export function judgeLocked(locked: LockedProject, listing: ProjectListing | undefined): LockVerdict {
  const verdict = (status: LockStatus, notes: readonly string[] = []): LockVerdict => ({
    project: locked.project,
    ...(locked.version !== undefined && { version: locked.version }),
    ...{ status, notes },
  });
  if (locked.origin.kind === "local") return verdict("local");
  if (locked.origin.kind === "elsewhere") return verdict("from elsewhere", [locked.origin.what]);
  if (listing === undefined) return verdict("not in the index");
  if (locked.files.length === 0) return verdict("without hash");
  const problems = locked.files.flatMap((file) => problemOf(file, locked, listing) ?? []);
  const worst = WORST_FIRST.find((status) => problems.some((problem) => problem.status === status));
  return verdict(worst ?? "verified", [...new Set(problems.map(({ note }) => note))]);
}

const WORST_FIRST = ["other hash", "not in the index", "without hash"] as const;

interface Problem {
  readonly status: (typeof WORST_FIRST)[number];
  readonly note: string;
}

function problemOf(
  { filename, sha256 }: LockedFile,
  { version }: LockedProject,
  { files }: ProjectListing,
): Problem | undefined {
  const named = filename === undefined ? undefined : files.find((file) => file.filename === filename);
  if (filename !== undefined && named === undefined) return { status: "not in the index", note: filename };
  if (sha256 === undefined) return { status: "without hash", note: filename ?? "no SHA-256" };
  const signed = named ?? files.find((file) => file.sha256 === sha256);
  if (signed === undefined) {
    const known = version !== undefined && files.some((file) => isOf(version, file));
    return { status: known ? "other hash" : "not in the index", note: `sha256 ${sha256}` };
  }
  if (signed.sha256 !== sha256) {
    return { status: "other hash", note: `${signed.filename}: ${sha256} is locked, ${signed.sha256} is signed` };
  }
  if (version !== undefined && !isOf(version, signed)) {
    return { status: "other hash", note: `${signed.filename} is not of version ${version}` };
  }
  return undefined;
}

function isOf(version: string, { filename }: ReleaseFile): boolean {
  const wanted = readVersion(version);
  return wanted !== undefined && compareVersions(wanted, parseDistributionFilename(filename).version) === 0;
}

function readVersion(text: string): Version | undefined {
  try {
    return parseVersion(text);
  } catch {
    return undefined;
  }
}

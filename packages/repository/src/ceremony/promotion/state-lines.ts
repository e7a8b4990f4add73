import { createHash } from "node:crypto";
import { RepositoryError } from "../../errors.ts";

/** A project with roles of its own, as a ceremony's holder has seen it. */
export interface SeenClaim {
  readonly project: string;
  readonly standing: "recently-claimed" | "claimed";
  /** Number of the ceremony at which these owners were first seen. */
  readonly since: number;
  /** When that was proposed, in milliseconds since the epoch, whole seconds. */
  readonly seenAt: number;
  /** It had files that nobody signed for before it was claimed. */
  readonly hadFiles: boolean;
  /** SHA-256 over the owners' keys and threshold. */
  readonly owners: string;
  readonly p: SeenRole;
  readonly r: SeenRole;
}

/** One version of a role, by its digest. */
export interface SeenRole {
  readonly version: number;
  /** Lower-case hex, over the whole file. */
  readonly sha256: string;
}

/** A project that nobody signs for, with a digest over its entries. */
export interface SeenUnclaimed {
  readonly project: string;
  readonly standing: "unclaimed";
  readonly files: string;
}

/** What a ceremony's holder remembers of a project. */
export type SeenProject = SeenClaim | SeenUnclaimed;

const NAME = "([a-z0-9]+(?:-[a-z0-9]+)*)";
const DIGEST = "([0-9a-f]{64})";
const UNCLAIMED = new RegExp(`^${NAME} unclaimed ${DIGEST}$`);
const CLAIM = new RegExp(
  `^${NAME} (recently-claimed|claimed) since=(\\d{1,9})@(\\d{1,12}) had=([01]) owners=${DIGEST} p=(\\d{1,15}):${DIGEST} r=(\\d{1,15}):${DIGEST}$`,
);

/** A project as one line of a state. */
export function formatSeen(seen: SeenProject): string {
  if (seen.standing === "unclaimed") return `${seen.project} unclaimed ${seen.files}`;
  const { project, standing, since, seenAt, hadFiles, owners, p, r } = seen;
  const roles = `p=${p.version}:${p.sha256} r=${r.version}:${r.sha256}`;
  return `${project} ${standing} since=${since}@${seenAt / 1000} had=${hadFiles ? 1 : 0} owners=${owners} ${roles}`;
}

/** Reads a line. Throws `CEREMONY`. */
export function parseSeen(line: string): SeenProject {
  const [, name, files] = UNCLAIMED.exec(line) ?? [];
  if (name !== undefined && files !== undefined) return { project: name, standing: "unclaimed", files };
  const [, project, standing, since, at, had, owners, pv, p, rv, r] = CLAIM.exec(line) ?? [];
  if (project === undefined || owners === undefined || p === undefined || r === undefined) {
    throw new RepositoryError("CEREMONY", "a line of a state is not of its form");
  }
  return {
    ...{ project, standing: standing as SeenClaim["standing"], since: Number(since) },
    ...{ seenAt: Number(at) * 1000, hadFiles: had === "1", owners },
    ...{ p: { version: Number(pv), sha256: p }, r: { version: Number(rv), sha256: r } },
  };
}

/**
 * Reads a whole state: one line a project, sorted, none twice.
 * @throws RepositoryError `CEREMONY`
 */
export function parseState(lines: readonly string[]): ReadonlyMap<string, SeenProject> {
  const state = new Map<string, SeenProject>();
  let last = "";
  for (const line of lines) {
    const seen = parseSeen(line);
    if (seen.project <= last) throw new RepositoryError("CEREMONY", "the lines of a state are not in order");
    last = seen.project;
    state.set(last, seen);
  }
  return state;
}

/** A state as lines, sorted. */
export function formatState(projects: Iterable<SeenProject>): readonly string[] {
  return [...projects].sort((a, b) => (a.project < b.project ? -1 : 1)).map(formatSeen);
}

/** The Merkle root over a state's lines (RFC 9162, 2.1.1): all that a holder has to carry from ceremony to ceremony. */
export function stateRoot(lines: readonly string[]): string {
  if (lines.length === 0) return createHash("sha256").digest("hex");
  let level = lines.map((line) => createHash("sha256").update("\0").update(line).digest());
  while (level.length > 1) {
    const next: typeof level = [];
    for (let at = 0; at < level.length; at += 2) next.push(pair(level[at], level[at + 1]));
    level = next;
  }
  return level[0]?.toString("hex") ?? "";
}

type Digest = ReturnType<typeof Buffer.alloc>;

/** A lonely last one goes up as it is, which is what RFC 9162's split at a power of two comes to. */
function pair(left: Digest | undefined, right: Digest | undefined): Digest {
  if (left === undefined || right === undefined) return left ?? Buffer.alloc(0);
  return createHash("sha256").update("\x01").update(left).update(right).digest();
}

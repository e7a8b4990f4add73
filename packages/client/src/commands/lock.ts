import { ClientError } from "../errors.ts";
import { GOOD, judgeLocked, type LockVerdict } from "../lock/judge-lock.ts";
import type { LockedProject } from "../lock/locked-project.ts";
import { readLock } from "../lock/read-lock.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";
import { openSessionOf } from "./open-session.ts";
import { formatError, print, say } from "./report.ts";

/** Projects that are asked for at once: what waits is the wire. */
const AT_ONCE = 16;
/** Exit code of a lock file that is not as it was signed. */
const REFUSED = 1;

/** What `countermark lock verify` was asked for. */
export interface LockOptions {
  readonly index?: string;
  readonly json?: boolean;
  /** Whether to go by what was verified and fetched before. */
  readonly offline?: boolean;
}

/** Compares every hash of a lock file with signed metadata. No distribution is fetched. */
export async function verifyLock(path: string, options: LockOptions): Promise<number> {
  const locked = await readLock(path);
  const session = await openSessionOf(options);
  try {
    const verdicts = await judgeAll(session, locked);
    const good = verdicts.every(({ status }) => GOOD.has(status));
    if (options.json === true)
      print(JSON.stringify({ file: path, index: session.repository.url, good, projects: verdicts }));
    else for (const verdict of verdicts) print(describe(verdict));
    for (const warning of await session.warnings()) say(`countermark: warning: ${warning}`);
    say(summary(verdicts));
    return good ? 0 : REFUSED;
  } finally {
    await session.close();
  }
}

async function judgeAll(session: Session, locked: readonly LockedProject[]): Promise<readonly LockVerdict[]> {
  const verdicts = new Array<LockVerdict>(locked.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < locked.length; at = next++) {
      const project = locked[at];
      if (project !== undefined) verdicts[at] = await judge(session, project);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, locked.length) }, work));
  return verdicts;
}

/** What verification or a policy refuses of one project is told of it; an index that is out ends the whole. */
async function judge(session: Session, locked: LockedProject): Promise<LockVerdict> {
  if (locked.origin.kind !== "index") return judgeLocked(locked, undefined);
  try {
    const { index } = await session.open(locked.project);
    return judgeLocked(locked, await index.project(locked.project));
  } catch (error) {
    if (!(error instanceof ClientError) || error.code === "INDEX_UNREACHABLE") throw error;
    const { project, version } = locked;
    const status = error.code === "NOT_CACHED" ? "not known" : "refused";
    return { project, ...(version !== undefined && { version }), status, notes: [formatError(error).trimEnd()] };
  }
}

function describe({ project, version, status, notes }: LockVerdict): string {
  const name = printable(version === undefined ? project : `${project} ${version}`);
  return [`${status}: ${name}`, ...notes.map((note) => `  ${printable(note, 1000)}`)].join("\n");
}

function summary(verdicts: readonly LockVerdict[]): string {
  const bad = verdicts.filter(({ status }) => !GOOD.has(status)).length;
  const count = verdicts.length === 1 ? "1 project" : `${verdicts.length} projects`;
  const unknown = verdicts.filter(({ status }) => status === "not known").length;
  if (bad === 0) return `countermark: ${count}: every hash is signed`;
  const wrong = bad === unknown ? "" : `${bad - unknown} of ${count} are not as signed`;
  const open = unknown === 0 ? "" : `${unknown} of ${count} cannot be told without asking the index`;
  return `countermark: ${[wrong, open].filter((part) => part !== "").join("; ")}`;
}

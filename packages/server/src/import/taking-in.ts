import { availableParallelism } from "node:os";
import { PackagingError, parseDistributionFilename } from "@countermark/packaging";
import type { OpenIndex } from "../data-folder.ts";
import type { NewFile } from "../storage/index-store.ts";
import type { ImportOptions } from "./import.ts";
import { IntakeThread } from "./intake-threads.ts";
import type { GroupFinding } from "./take-in-group.ts";
import type { Candidate } from "./walk.ts";

/** Files that are taken in at a time: they wait for the disk together, and the more of them, the less each waits. */
const WORKERS = 128;
/** Files that a thread takes in together. */
const GROUP_FILES = 400;
/** Groups that a thread has at a time: it goes on with the next while a publication keeps this one. */
const GROUPS_AHEAD = 3;
/** Most threads: two keep the publisher busy. */
const MAX_THREADS = 2;

/** What an import takes in. */
export interface TakingIn {
  readonly candidates: readonly Candidate[];
  /** False when nothing more is to be begun. */
  readonly goesOn: () => boolean;
  /** Takes one file in by itself, or tells what it is. */
  readonly one: (candidate: Candidate) => Promise<void>;
  /** Takes over a file that was kept. */
  readonly take: (candidate: Candidate, file: NewFile) => Promise<void>;
}

/** Takes files in one by one, many at a time. Returns the producers. */
export function takeInOneByOne({ candidates, goesOn, one }: TakingIn): readonly Promise<void>[] {
  const queue = candidates.values();
  const work = async (): Promise<void> => {
    for (const candidate of queue) {
      if (!goesOn()) return;
      await one(candidate);
    }
  };
  return Array.from({ length: WORKERS }, work);
}

/** Takes files of this machine in by groups, in threads. Returns the producers. */
export function takeInByGroups(
  index: OpenIndex,
  takingIn: TakingIn,
  options: Pick<ImportOptions, "clock" | "onOutcome">,
): readonly Promise<void>[] {
  const queue = takingIn.candidates.values();
  const work = async (): Promise<void> => {
    const thread = new IntakeThread({ blobs: index.paths.blobs, shards: index.settings.shards });
    const begun: Promise<LookedAt>[] = [];
    try {
      for (;;) {
        while (begun.length < GROUPS_AHEAD && takingIn.goesOn()) {
          const group = nextOf(queue);
          if (group.length === 0) break;
          const looking = lookAt(index, thread, group, options);
          looking.catch(() => undefined); // thrown when its turn has come
          begun.push(looking);
        }
        const [next] = begun.splice(0, 1);
        if (next === undefined) return;
        await handOver(takingIn, await next, options);
      }
    } finally {
      await Promise.allSettled(begun);
      await thread.close();
    }
  };
  return Array.from({ length: Math.min(MAX_THREADS, availableParallelism()) }, work);
}

function nextOf(queue: Iterator<Candidate>): readonly Candidate[] {
  const group: Candidate[] = [];
  while (group.length < GROUP_FILES) {
    const next = queue.next();
    if (next.done === true) break;
    group.push(next.value);
  }
  return group;
}

/** What a thread found of a group: all that is new is kept, and told to nobody yet. */
interface LookedAt {
  readonly fresh: readonly Candidate[];
  /** Of each of `fresh`, in its order. */
  readonly findings: readonly GroupFinding[];
  /** What is to be taken in by itself. */
  readonly others: readonly Candidate[];
}

async function lookAt(
  { store }: OpenIndex,
  thread: IntakeThread,
  group: readonly Candidate[],
  { clock }: Pick<ImportOptions, "clock">,
): Promise<LookedAt> {
  const [fresh, others]: [(Candidate & { readonly path: string })[], Candidate[]] = [[], []];
  for (const candidate of group) {
    const { path } = candidate;
    if (path !== undefined && (await isFresh(store, candidate))) fresh.push({ ...candidate, path });
    else others.push(candidate);
  }
  const files = fresh.map(({ filename, path }) => ({ filename, path }));
  const findings = files.length === 0 ? [] : await thread.takeIn({ files, now: clock() });
  return { fresh, findings, others };
}

async function handOver(
  takingIn: TakingIn,
  { fresh, findings, others }: LookedAt,
  { onOutcome }: Pick<ImportOptions, "onOutcome">,
): Promise<void> {
  const remaining = [...others];
  for (const [position, finding] of findings.entries()) {
    const candidate = fresh[position];
    if (candidate === undefined) throw new Error("a finding without a file");
    if (finding.outcome === "new") await takingIn.take(candidate, finding.file);
    else if (finding.outcome === "refused") {
      onOutcome({ file: candidate.shown, outcome: "refused", ...finding.refusal });
    } else remaining.push(candidate);
  }
  await Promise.all(takeInOneByOne({ ...takingIn, candidates: remaining }));
}

/** Whether the index has no row by this name. What has a name that nobody can read is not: it is refused by itself. */
async function isFresh(store: OpenIndex["store"], { filename }: Candidate): Promise<boolean> {
  try {
    const { project } = parseDistributionFilename(filename);
    return (await store.file(project, filename)) === undefined;
  } catch (error) {
    if (error instanceof PackagingError) return false;
    throw error;
  }
}

import { makeSharding } from "@countermark/repository";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import type { Publisher } from "../publisher/publisher.ts";
import { OPERATOR } from "../audit-log/audit-log.ts";
import { submitFiles } from "../publisher/submit.ts";
import type { Acceptance, NewFile } from "../storage/index-store.ts";
import type { Decision, Outcome as Decided } from "../storage/transactions.ts";
import { Batches } from "./batches.ts";
import { inPublishingOrder } from "./order.ts";
import { refusalOf, type Refusal } from "./refusal.ts";
import { requireSame, takeIn, type Intake, type Taken } from "./take-in.ts";
import { takeInByGroups, takeInOneByOne, type TakingIn } from "./taking-in.ts";
import type { Candidate, Walk } from "./walk.ts";

/** From so many files on, threads of their own are worth their start. */
const LEAST_FOR_THREADS = 64;

/** What became of one file. `published` and `known` are only said when the file is in the signed index. */
export type Outcome =
  | { readonly file: string; readonly outcome: "published" | "known"; readonly project: string }
  | ({ readonly file: string; readonly outcome: "refused" } & Refusal);

export interface ImportOptions {
  readonly clock: Clock;
  /** Told of every file, in the order in which they come to their end. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** When it fires, what was begun is finished and published, and no further file is taken. */
  readonly stop: AbortSignal;
}

/**
 * Brings files into the index. Bad files are told of and passed over; what hits all of them, such as a full disk, ends
 * the import. Killed at any moment, everything that was told of as published is, and running it again goes on.
 */
export async function importFiles(
  index: OpenIndex,
  publisher: Publisher,
  { candidates }: Walk,
  options: ImportOptions,
): Promise<void> {
  const sharding = makeSharding(index.settings.shards);
  const intake = { ...index, sharding, publisher };
  const waiting = new Map<NewFile, Candidate>();
  const tell = (file: NewFile, outcome: "published" | Refusal): void => {
    const { shown } = waiting.get(file) ?? { shown: file.filename };
    waiting.delete(file);
    if (outcome === "published") options.onOutcome({ file: shown, outcome, project: file.project });
    else options.onOutcome({ file: shown, outcome: "refused", ...outcome });
  };
  const batches = new Batches<NewFile>((files) => publishBatch(index, publisher, files, options.clock(), tell));
  const take = async (candidate: Candidate, file: NewFile): Promise<void> => {
    waiting.set(file, candidate);
    await batches.add(file);
  };
  const takingIn: TakingIn = {
    candidates: inPublishingOrder(candidates, sharding),
    goesOn: () => !options.stop.aborted && !batches.closed,
    one: (candidate) => takeOne(intake, candidate, options, (file) => take(candidate, file)),
    take,
  };
  const inGroups = candidates.every(({ path }) => path !== undefined) && candidates.length >= LEAST_FOR_THREADS;
  await batches.runWith(inGroups ? takeInByGroups(index, takingIn, options) : takeInOneByOne(takingIn));
}

async function takeOne(
  intake: Intake & { readonly publisher: Publisher },
  candidate: Candidate,
  { clock, onOutcome }: ImportOptions,
  take: (file: NewFile) => Promise<void>,
): Promise<void> {
  let taken: Taken;
  try {
    taken = await takeIn(intake, candidate, clock());
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    onOutcome({ file: candidate.shown, outcome: "refused", ...refusal });
    return;
  }
  if (taken.outcome === "new") return take(taken.file);
  // Accepted by an import that was killed, or by one that runs beside this one.
  if (!taken.published) await intake.publisher.run();
  onOutcome({ file: candidate.shown, outcome: "known", project: taken.project });
}

async function publishBatch(
  index: OpenIndex,
  publisher: Publisher,
  files: readonly NewFile[],
  acceptedAt: number,
  tell: (file: NewFile, outcome: "published" | Refusal) => void,
): Promise<void> {
  const acceptances = await submitFiles(index, files, { by: OPERATOR, acceptedAt });
  const decided = new Map<number, Decision>();
  await publisher.run(({ decisions }) => {
    for (const decision of decisions) decided.set(decision.id, decision);
  });
  const outcomeOf = (id: number): Promise<Decided> | Decision => decided.get(id) ?? publisher.outcomeOf(id);
  for (const [position, file] of files.entries()) tell(file, await endOf(file, acceptances[position], outcomeOf));
}

/** @param outcomeOf what became of a transaction: as this process has decided, or another one that publishes as well */
async function endOf(
  file: NewFile,
  acceptance: Acceptance | undefined,
  outcomeOf: (id: number) => Promise<Decided> | Decision,
): Promise<"published" | Refusal> {
  if (acceptance?.outcome === "conflict") return conflict(file, acceptance);
  if (acceptance?.outcome === "barred") return acceptance.bar;
  if (acceptance?.outcome !== "accepted") return "published";
  const outcome = await outcomeOf(acceptance.transaction);
  return outcome.outcome === "published"
    ? "published"
    : { code: outcome.code, reason: outcome.reason, hint: undefined };
}

/** Two files of this import, or of two imports at once, that want the same name; or a name that was deleted. */
function conflict(
  file: NewFile,
  present: { readonly filename: string; readonly sha256: string; readonly deleted: boolean },
): Refusal {
  if (present.deleted) {
    const reason = `a file called ${present.filename} was deleted from this index`;
    return { code: "FILE_EXISTS", reason, hint: "a name is never used again; give the release another version" };
  }
  try {
    requireSame(file.filename, present.sha256, file.sha256);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return refusal;
  }
  const reason = `the index has this file under the name ${present.filename}`;
  return { code: "FILE_EXISTS", reason, hint: "names that differ only in case or spelling are one name" };
}

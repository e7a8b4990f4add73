import { randomBytes } from "node:crypto";
import { readReleaseKey } from "@countermark/identity";
import {
  checkTransaction,
  filesIn,
  MAX_TRANSACTION_FILES,
  NotYetSigned,
  projectPayload,
  projectStateMembers,
  readOffer,
  RepositoryError,
  situationOf,
  publishersStanding,
  type CheckedTransaction,
  type CommitOutcome,
  type CommitRequest,
  type OpenedTransaction,
  type Present,
  type ProjectState,
  type ReceivedBlob,
} from "@countermark/repository";
import { RefusalWith } from "../api/refusals.ts";
import type { Checker } from "../checking/checker.ts";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { barred } from "../names/judge.ts";
import type { Publisher } from "../publisher/publisher.ts";
import { requireOpen } from "../simple/standing.ts";
import { SignedRoles } from "../publisher/signed-roles.ts";
import { NEW_CLAIMS_MS, type OpenTransaction } from "./claims-store.ts";
import { presentOf } from "./present.ts";
import { receive } from "./receive.ts";
import { requireMayCommit } from "./who-may.ts";

/** How long a transaction stays open, and how long one waits for others to sign. */
const OPEN_MS = 24 * 60 * 60 * 1000;
/** Transactions that one account may have open. */
const MAX_OPEN = 50;

export interface TransactionPorts {
  readonly index: OpenIndex;
  readonly publisher: Publisher;
  readonly checker: Checker;
  readonly clock: Clock;
  /** New projects that one account may claim in a day. */
  readonly maxNewClaims: number;
}

/** Transactions of developers, from the opening to the commit (docs/spec/publishing.md). */
export class ProjectTransactions {
  readonly #ports: TransactionPorts;
  readonly #signed: SignedRoles;

  constructor(ports: TransactionPorts) {
    this.#ports = ports;
    this.#signed = new SignedRoles(ports.index.store, ports.index.signers);
  }

  async state(project: string): Promise<ProjectState> {
    return stateOf(await this.#present(project));
  }

  async open(account: string, project: string): Promise<OpenedTransaction> {
    const { index, clock } = this.#ports;
    const present = await this.#present(project);
    await requireMayCommit(index.accounts, account, present);
    const bar = await index.names.barOf(project, { account });
    if (bar !== undefined) throw barred(bar);
    if ((await index.claims.openCount(account, clock())) >= MAX_OPEN) {
      throw new ServerError("TOO_MANY", `${account} has ${MAX_OPEN} transactions open`, {
        hint: "commit or delete some of them: each is forgotten after a day",
      });
    }
    const [id, now] = [randomBytes(15).toString("base64url"), clock()];
    await index.claims.open({ id, project, account, openedAt: now, expiresAt: now + OPEN_MS });
    return { id, expires: now + OPEN_MS, ...stateOf(present) };
  }

  async put(
    account: string,
    project: string,
    id: string,
    filename: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<ReceivedBlob> {
    const { checker, index } = this.#ports;
    const { blobs, claims } = index;
    await this.#own(account, project, id);
    const there = await claims.filesOf(id);
    if (there.length >= MAX_TRANSACTION_FILES && !there.some((file) => file.filename === filename)) {
      throw new ServerError("TOO_MANY", `a transaction holds at most ${MAX_TRANSACTION_FILES} files`);
    }
    const received = await receive({ blobs, checker }, project, filename, body);
    await claims.putFile(id, received);
    return received;
  }

  /** Refuses who holds no key that the project names. */
  async requireMember(account: string, project: string): Promise<void> {
    await requireMayCommit(this.#ports.index.accounts, account, await this.#present(project));
  }

  /** Those of a project that wait for signatures, for whoever may sign. */
  async waiting(account: string, project: string): Promise<readonly OpenTransaction[]> {
    const { index, clock } = this.#ports;
    await this.requireMember(account, project);
    return index.claims.waiting(project, clock());
  }

  async get(account: string, project: string, id: string): Promise<OpenTransaction> {
    const found = await this.#find(project, id);
    if (found.account !== account) await this.requireMember(account, project);
    return found;
  }

  async abandon(account: string, project: string, id: string): Promise<void> {
    await this.#own(account, project, id);
    await this.#ports.index.claims.close(id);
  }

  /**
   * Checks and publishes. Checked twice by the same code: here, for an answer at once, and by the publisher on what
   * stands when it publishes.
   */
  async commit(account: string, project: string, id: string, commit: CommitRequest): Promise<CommitOutcome> {
    const { index } = this.#ports;
    const transaction = await this.get(account, project, id);
    const present = await this.#present(project);
    await requireMayCommit(index.accounts, account, present);
    const received = await this.#received(transaction);
    let checked: CheckedTransaction;
    try {
      checked = await this.#check(commit, present, received);
    } catch (error) {
      if (error instanceof NotYetSigned) return this.#keepWaiting(transaction, commit, received, present.now);
      throw withState(error, present);
    }
    if (checked.added.length > 0) await requireOpen(index, project, true);
    await this.#claimCiKeys(project, checked);
    const bar = await index.names.begin(project, present.shard, { account: transaction.account });
    if (bar !== undefined) throw barred(bar);
    if (present.p === undefined) await this.#countClaim(project, account);
    const added = new Set(checked.added.map(({ filename }) => filename));
    const used = received
      .filter(({ filename }) => added.has(filename))
      .map((file) => ({ ...file, listedAt: file.listedAt ?? present.now }));
    await this.#publish(account, transaction, projectPayload({ ...commit, received: used }));
    if (present.p === undefined) await this.#noteOwner(project, account);
    await index.claims.close(id);
    await index.claims.unstage(
      project,
      used.map(({ filename }) => filename),
    );
    const p = checked.p?.signed.version;
    return {
      outcome: "published",
      ...(p !== undefined && { p }),
      r: checked.r.signed.version,
      warnings: checked.warnings,
    };
  }

  async #check(
    commit: CommitRequest,
    present: Present,
    received: readonly ReceivedBlob[],
  ): Promise<CheckedTransaction> {
    const ciProjects = await this.#ports.index.claims.ciProjects();
    const situation = situationOf(present, received, {
      requireAdmissible: ({ json }) => void readReleaseKey(json),
      ciProjectOf: (identity) => ciProjects.get(identity),
    });
    return checkTransaction(readOffer(commit), situation);
  }

  /** What was sent for this transaction, and what waits in staging: each by its own name. */
  async #received({ id, project }: OpenTransaction): Promise<readonly ReceivedBlob[]> {
    const { index, clock } = this.#ports;
    const [staged, sent] = [await index.claims.staged(project, clock()), await index.claims.filesOf(id)];
    return [...new Map([...staged, ...sent].map((file) => [file.filename, file])).values()];
  }

  async #keepWaiting(
    { id, project }: OpenTransaction,
    { p, r }: CommitRequest,
    received: readonly ReceivedBlob[],
    now: number,
  ): Promise<CommitOutcome> {
    const list = filesIn(readOffer({ ...(r && { r }) }).r?.signed, project);
    const listed = received.filter(({ filename, sha256 }) => list.get(filename)?.sha256 === sha256);
    await this.#ports.index.claims.keepRoles(id, { p, r }, listed, now);
    return { outcome: "waiting", warnings: [] };
  }

  /** Each claim takes room in a file that all projects of its shard share. */
  async #countClaim(project: string, account: string): Promise<void> {
    const { index, clock, maxNewClaims } = this.#ports;
    const at = clock();
    const noted = await index.claims.noteNewClaim({ account, project, at }, at - NEW_CLAIMS_MS, maxNewClaims);
    if (noted === "noted") return;
    throw new ServerError("TOO_MANY_CLAIMS", `${account} has claimed ${maxNewClaims} new projects within a day`, {
      hint: "go on tomorrow, or ask the operator to raise --max-new-claims",
    });
  }

  /** Whoever claims a project that nobody had owns it by the index's books too: their tokens may stage for it. */
  async #noteOwner(project: string, account: string): Promise<void> {
    const { index, clock } = this.#ports;
    if ((await index.accounts.members(project)).length > 0) return;
    const [at, role] = [clock(), "owner"] as const;
    await index.accounts.setMember({ project, account, role, since: at });
    await index.audit.append({ at, actor: account, action: "member.set", subject: project, detail: { account, role } });
  }

  /** The books decide between two projects that want one key at once. */
  async #claimCiKeys(project: string, { draft }: CheckedTransaction): Promise<void> {
    const { claims } = this.#ports.index;
    const identities = (draft.releasers?.keys ?? [])
      .filter(({ keyId }) => draft.ciKeys.has(keyId))
      .map(({ identity }) => identity);
    if (identities.length === 0) return;
    await claims.noteCiKeys(project, identities);
    const noted = await claims.ciProjects();
    if (identities.every((identity) => noted.get(identity) === project)) return;
    throw new RepositoryError("TX_CI_KEY", `p.${project} names a CI key of another project`);
  }

  async #publish(account: string, { project, committedAt }: OpenTransaction, payload: Uint8Array): Promise<void> {
    const { index, publisher, clock } = this.#ports;
    const sealed = index.seal.seal(
      { kind: "project", project, payload },
      { by: account, acceptedAt: committedAt ?? clock() },
    );
    const [acceptance] = await index.store.submit([sealed]);
    if (acceptance?.outcome !== "accepted") throw new TypeError("a project transaction reserves no names");
    const outcome = await publisher.outcomeOf(acceptance.transaction);
    if (outcome.outcome === "published") return;
    const refusal = new RepositoryError(outcome.code as RepositoryError["code"], outcome.reason);
    throw withState(refusal, await this.#present(project));
  }

  async #find(project: string, id: string): Promise<OpenTransaction> {
    const { index, clock } = this.#ports;
    const found = await index.claims.transaction(id, clock());
    if (found?.project === project) return found;
    throw new ServerError("NOTHING_THERE", "there is no such transaction, or it has expired", {
      hint: "open another one and send its files again",
    });
  }

  /** Another's transaction is none. */
  async #own(account: string, project: string, id: string): Promise<void> {
    const found = await this.#find(project, id);
    if (found.account === account) return;
    throw new ServerError("NOT_ALLOWED", "the transaction is another account's");
  }

  #present(project: string): Promise<Present> {
    return presentOf(this.#ports.index, project, this.#ports.clock, this.#signed);
  }
}

/** What whoever builds upon a project starts from. */
function stateOf(present: Present): ProjectState {
  const { p, r } = present;
  const standing = publishersStanding(present);
  return { standing, ...(p && { p: p.file.bytes }), ...(r && { r: r.file.bytes }) };
}

/** The second of two gets what the first has made of it. */
function withState(error: unknown, present: Present): unknown {
  if (!(error instanceof RepositoryError) || error.code !== "TX_CONFLICT") return error;
  return new RefusalWith(error, projectStateMembers(stateOf(present)));
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "@countermark/identity";
import {
  apiPaths,
  decodeCommitOutcome,
  decodeOpenedTransaction,
  decodeReceivedFile,
  encodeCommitRequest,
  type CommitOutcome,
} from "@countermark/repository";
import { IndexRefusal } from "../account/index-refusal.ts";
import type { IndexApi } from "../account/index-api.ts";
import { ClientError } from "../errors.ts";
import { VerifiedIndex, type SessionPorts } from "../verify/verified-index.ts";
import { planChange, rolesOf, type PlannedChange, type WantedChange } from "./change.ts";
import type { PreparedFile } from "./prepared-file.ts";
import { presentProject } from "./present-project.ts";

/** How often a change is applied anew because others published in between. */
const MAX_REBASES = 8;
/** How long what was published may take to show. */
const SETTLE_MS = 60_000;
const FIRST_LOOK_MS = 50;
const SLOWEST_LOOK_MS = 2_000;

/** What a transaction is made with. */
export interface TransactionPorts extends SessionPorts {
  readonly api: IndexApi;
  readonly identity: Identity;
  /** The account's name. */
  readonly account: string;
  readonly progress: Progress;
}

/** What somebody waits for. */
export interface Progress {
  sending(file: PreparedFile, sent: number): void;
  /** Others published first; the change is applied to what they left. */
  rebased(onTopOf: PlannedChange): void;
}

/** What a transaction did. */
export interface Published {
  readonly outcome: CommitOutcome;
  readonly transaction: string;
  readonly planned: PlannedChange;
}

/**
 * Sends files and signed roles as one transaction: all of it is published, or nothing. Where others were faster, the change
 * is applied to what they left and signed again; what they added stays.
 * @param planned what was shown and agreed to
 * @throws ClientError `PROJECT_BUSY`, `DIST_DIFFERS`, `PROJECT_ROLE`; IndexRefusal
 */
export async function publishChange(
  ports: TransactionPorts,
  planned: PlannedChange,
  wanted: WantedChange,
  files: readonly PreparedFile[],
): Promise<Published> {
  const { project } = planned.present;
  const opened = await ports.api.send({
    method: "POST",
    path: apiPaths.transactions(project),
    body: Buffer.from("{}"),
  });
  const { id } = decodeOpenedTransaction(opened);
  try {
    for (const file of files) await sendFile(ports, project, id, file);
    return { transaction: id, ...(await commit(ports, planned, wanted, id)) };
  } catch (error) {
    await abandon(ports.api, project, id);
    throw error;
  }
}

/** Waits until this machine's own verifier sees what was published. @throws ClientError `PUBLICATION_UNSEEN` */
export async function waitUntilSeen(ports: SessionPorts, project: string, r: number): Promise<VerifiedIndex> {
  const deadline = Date.now() + SETTLE_MS;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, SLOWEST_LOOK_MS)) {
    const index = await VerifiedIndex.open(ports, Date.now());
    const { signed } = await presentProject(index, project);
    if ((signed?.r?.signed.version ?? 0) >= r) return index;
    if (Date.now() > deadline) break;
    await sleep(pause);
  }
  throw new ClientError("PUBLICATION_UNSEEN", `the index took r.${project} version ${r}, and does not show it`, {
    hint: "is there a cache before the index? countermark why says what is shown now",
  });
}

async function commit(
  ports: TransactionPorts,
  planned: PlannedChange,
  wanted: WantedChange,
  id: string,
): Promise<Omit<Published, "transaction">> {
  const { project } = planned.present;
  let current = withOwner(ports, planned, wanted);
  for (let attempt = 0; ; attempt += 1) {
    requireMay(ports.identity, current);
    const body = encodeCommitRequest(await sign(ports.identity, current));
    try {
      const answer = await ports.api.send({ method: "POST", path: apiPaths.commit(project, id), body });
      return { outcome: decodeCommitOutcome(answer), planned: current };
    } catch (error) {
      if (!(error instanceof IndexRefusal && error.code === "TX_CONFLICT")) throw error;
      if (attempt === MAX_REBASES) throw busy(project, error);
    }
    // Whatever the refusal says of the present state: it is read anew, and verified.
    const index = await VerifiedIndex.open(ports, Date.now());
    const present = await presentProject(index, project);
    requireSameHands(current, present);
    current = planChange(present, wanted, ownerOf(ports));
    ports.progress.rebased(current);
  }
}

async function sign(identity: Identity, planned: PlannedChange): Promise<{ p?: Uint8Array; r: Uint8Array }> {
  const { p, r } = rolesOf(planned, Date.now());
  const signedRelease = await identity.signRole(r);
  return p === undefined ? { r: signedRelease } : { p: await identity.signRole(p), r: signedRelease };
}

/** Before the keys were opened, nobody knew them: now the first roles of a project can name them. */
function withOwner(ports: TransactionPorts, planned: PlannedChange, wanted: WantedChange): PlannedChange {
  return planned.present.signed === undefined ? planChange(planned.present, wanted, ownerOf(ports)) : planned;
}

function ownerOf({ identity, account }: TransactionPorts) {
  return { key: identity.publicKeys.release, person: account };
}

/** Refused here, before anything is signed: the index would say no, and nobody wants a signature that is not theirs to give. */
function requireMay(identity: Identity, { present: { project, signed }, draft }: PlannedChange): void {
  if (signed === undefined) return;
  const own = identity.publicKeys.release.identity;
  const has = (keys: readonly { identity: string }[] | undefined): boolean =>
    keys?.some((key) => key.identity === own) ?? false;
  const { owners, releasers } = signed.draft;
  if (draft !== undefined && !has(owners.keys) && !has(signed.delegated.keys)) {
    throw new ClientError("PROJECT_ROLE", `the key ${own.slice(0, 12)} is no owner of ${project}`, {
      hint: `countermark project owners ${project} says who is`,
    });
  }
  if (has(releasers?.keys) || has(draft?.releasers?.keys)) return;
  throw new ClientError("PROJECT_ROLE", `the key ${own.slice(0, 12)} may not release ${project}`, {
    hint: `an owner lets keys in: countermark project invite ${project}`,
  });
}

/** A change is applied anew by itself only while those who decide are the same as were shown. */
function requireSameHands(before: PlannedChange, present: PlannedChange["present"]): void {
  const [old, now] = [before.present.signed?.p.signed.version ?? 0, present.signed?.p.signed.version ?? 0];
  if (old === now) return;
  throw new ClientError("PROJECT_BUSY", `who may release ${present.project} changed meanwhile (p.${old} to p.${now})`, {
    hint: "look at it and run the command again; nothing was published",
  });
}

async function sendFile(
  { api, progress }: TransactionPorts,
  project: string,
  id: string,
  file: PreparedFile,
): Promise<void> {
  const hash = createHash("sha256");
  const answer = await api.send({
    method: "PUT",
    path: apiPaths.transactionFile(project, id, file.filename),
    body: counted(file, hash, progress),
    length: file.length,
    type: "application/octet-stream",
  });
  const received = decodeReceivedFile(answer);
  const same = hash.digest("hex") === file.sha256 && received.sha256 === file.sha256 && received.length === file.length;
  if (same) return;
  throw new ClientError("DIST_DIFFERS", `what the index received as ${file.filename} is not the file that was shown`, {
    hint: "the file changed meanwhile, or something between you and the index alters it; nothing was published",
  });
}

async function* counted(file: PreparedFile, hash: ReturnType<typeof createHash>, progress: Progress) {
  let sent = 0;
  progress.sending(file, sent);
  for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
    sent += chunk.length;
    progress.sending(file, sent);
  }
}

/** What was sent is of no use any more; the index forgets it by itself in time. */
async function abandon(api: IndexApi, project: string, id: string): Promise<void> {
  await api.send({ method: "DELETE", path: apiPaths.transaction(project, id) }).catch(() => undefined);
}

function busy(project: string, cause: unknown): ClientError {
  return new ClientError("PROJECT_BUSY", `others published ${project} ${MAX_REBASES} times in between`, {
    hint: "run the command again; nothing was published",
    cause,
  });
}

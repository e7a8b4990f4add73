import type { IncomingMessage } from "node:http";
import {
  checkDigests,
  compareFormWithFile,
  parseDistributionFilename,
  readUploadForm,
  type Distribution,
  type UploadDigests,
} from "@countermark/packaging";
import { makeSharding, projectRole, shardOf } from "@countermark/repository";
import type { AccountStore } from "../accounts/account-store.ts";
import { allows, type Authenticator, type Principal } from "../accounts/authenticate.ts";
import type { AuditLog } from "../audit-log/audit-log.ts";
import type { Checker } from "../checking/checker.ts";
import type { Clock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import type { MemoryBudget } from "../http/memory-budget.ts";
import { barred } from "../names/judge.ts";
import { foldedName } from "../publisher/folded-name.ts";
import { requireListable } from "../publisher/release-file.ts";
import type { Publisher } from "../publisher/publisher.ts";
import type { TransactionSeal } from "../publisher/seal.ts";
import { submitFiles } from "../publisher/submit.ts";
import { requireOpen } from "../simple/standing.ts";
import type { Staging } from "../claims/staging.ts";
import type { BlobStore, StagedBlob } from "../storage/blob-store.ts";
import type { Acceptance, IndexSettings, IndexStore, NewFile } from "../storage/index-store.ts";
import { DigestStream } from "./digest-stream.ts";
import type { UploadLimits } from "./limits.ts";
import { receive } from "./receive.ts";

export interface UploadPorts {
  readonly store: IndexStore;
  readonly blobs: BlobStore;
  readonly accounts: AccountStore;
  readonly audit: AuditLog;
  readonly seal: TransactionSeal;
  readonly settings: IndexSettings;
  readonly authenticator: Authenticator;
  readonly checker: Pick<Checker, "check" | "expect">;
  readonly publisher: Pick<Publisher, "outcomeOf" | "run">;
  readonly limits: UploadLimits;
  readonly memory: MemoryBudget;
  readonly clock: Clock;
  /** Where files of projects wait whose developers sign. */
  readonly staging: Pick<Staging, "add">;
  /** Told of what failed after the upload was safe. */
  readonly onError: (error: unknown) => void;
}

/** What became of an upload. `known`: the index had this very file. `staged`: it waits for a releaser's signature. */
export interface Uploaded {
  readonly outcome: "published" | "accepted" | "known" | "staged";
  readonly project: string;
  readonly filename: string;
}

interface Staged {
  readonly blob: StagedBlob;
  readonly digests: UploadDigests;
}

/**
 * One upload, step by step. Nothing is kept before every check has passed; when this is fulfilled the file survives a
 * crash of the machine, and installers see it, or will in a moment.
 * @throws ServerError, PackagingError, RepositoryError: the refusals that `refusalOf` knows, and failures
 */
export async function acceptUpload(ports: UploadPorts, incoming: IncomingMessage): Promise<Uploaded> {
  const who = await identify(ports, incoming.headers.authorization);
  ports.checker.expect();
  const memory = ports.memory.open();
  try {
    const { fields, file, taken } = await receive(incoming, ports.limits, memory, {
      take: (bytes) => stage(ports.blobs, bytes),
      discard: ({ blob }) => blob.discard(),
    });
    try {
      const form = readUploadForm(fields, file);
      await authorise(ports, who, form.project);
      checkDigests(form.digests, taken.digests);
      const distribution = await ports.checker.check(form.filename, taken.blob.reader);
      compareFormWithFile(form, distribution);
      return await admit(ports, who, distribution, taken.blob);
    } finally {
      await taken.blob.discard();
    }
  } finally {
    memory.close();
  }
}

/** Step 1: whose token it is. Before anything is read, so that strangers cost nothing. */
async function identify({ authenticator }: UploadPorts, header: string | undefined): Promise<Principal> {
  const who = await authenticator.authenticate(header);
  if (who === "none") {
    throw new ServerError("UPLOAD_CREDENTIALS", "this index takes uploads with a token only", {
      hint: "give the user name __token__ and the token as password",
    });
  }
  if (who === "unknown") {
    throw new ServerError("UPLOAD_CREDENTIALS", "the token is not known here, has expired or was revoked", {
      hint: "the operator makes tokens with 'countermark-server token create'",
    });
  }
  if (!allows(who, "upload")) throw notAllowed("this token is not for uploading");
  return who;
}

/** Step 2: the file into staging, with its digests. It is named by nothing, and gone when the process is. */
async function stage(blobs: BlobStore, bytes: AsyncIterable<Uint8Array>): Promise<Staged> {
  const stream = await DigestStream.start();
  const blob = await blobs.stage(watched(bytes, stream));
  return { blob, digests: stream.digests() };
}

async function* watched(bytes: AsyncIterable<Uint8Array>, stream: DigestStream): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    stream.update(chunk);
    yield chunk;
  }
}

/** Step 3: what the token and its account may upload. A project that nobody has yet is anybody's to begin. */
async function authorise({ accounts, store }: UploadPorts, who: Principal, project: string): Promise<void> {
  if (!allows(who, "upload", project)) throw notAllowed(`this token is not for the project ${project}`);
  if ((await accounts.role(project, who.account)) !== undefined) return;
  const isSomebodys = (await accounts.members(project)).length > 0 || (await store.visibleFiles(project)) !== undefined;
  if (isSomebodys) throw notMember(who.account, project);
}

/** Step 4, behind the check of the file and of what the form says of it: the name, the room, the project, the blobs, and the one decision in the database. */
async function admit(ports: UploadPorts, who: Principal, found: Distribution, staged: StagedBlob): Promise<Uploaded> {
  const { store, blobs, clock } = ports;
  const { project, filename } = found;
  const present = await store.file(project, filename);
  if (present === undefined) {
    await requireOpen(ports, project);
    await requireRoom(ports, project, staged.length);
  } else requireSameFile(filename, { ...present, deleted: present.deletedIn !== undefined }, staged.sha256);
  const metadata = found.kind === "wheel" ? await blobs.stage(once(found.metadataBytes)) : undefined;
  try {
    const file = newFile(ports, found, staged, metadata?.sha256);
    requireListable(file);
    if (await isClaimed(ports, project)) {
      // What releasers have signed already waits for nobody.
      if (present?.publishedIn !== undefined) return { outcome: "known", project, filename };
      return await stageForReleaser(ports, who, file, [metadata, staged]);
    }
    await join(ports, who, project);
    await metadata?.keep();
    await staged.keep();
    const [acceptance] = await submitFiles(ports, [file], { by: who.account, acceptedAt: clock() });
    return { outcome: await outcome(ports, file, acceptance), project, filename };
  } finally {
    await metadata?.discard();
  }
}

/** Versions of `p.` are kept for ever: whoever claimed the project has left the first. */
async function isClaimed({ store }: UploadPorts, project: string): Promise<boolean> {
  return (await store.roleFile(projectRole(project), 1)) !== undefined;
}

/** A token alone publishes nothing of a claimed project: the file waits, and nobody can install it (TRUST.md 1). */
async function stageForReleaser(
  { staging }: UploadPorts,
  { account, token }: Principal,
  { project, filename, sha256, length, requiresPython, coreMetadata }: NewFile,
  blobs: readonly (StagedBlob | undefined)[],
): Promise<Uploaded> {
  for (const blob of blobs) await blob?.keep();
  const about = { filename, sha256, length };
  const more = {
    ...(requiresPython !== undefined && { requiresPython }),
    ...(coreMetadata !== undefined && { coreMetadata }),
  };
  await staging.add(project, { ...about, ...more }, `${account}, token ${token.id}`);
  return { outcome: "staged", project, filename };
}

function newFile(
  { settings, clock }: UploadPorts,
  found: Distribution,
  { sha256, length }: StagedBlob,
  coreMetadata: string | undefined,
): NewFile {
  const { project, filename, kind, version, requiresPython } = found;
  return {
    ...{ project, filename, kind, version, requiresPython, sha256, length, coreMetadata },
    shard: shardOf(makeSharding(settings.shards), project),
    folded: foldedName(parseDistributionFilename(filename, project)),
    uploadTime: Math.floor(clock() / SECOND) * SECOND,
    yanked: undefined,
    adopted: false,
  };
}

const SECOND = 1000;

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function requireRoom({ store, limits }: UploadPorts, project: string, length: number): Promise<void> {
  if ((await store.bytesOf(project)) + length <= limits.projectBytes) return;
  throw new ServerError("UPLOAD_TOO_LARGE", `${project} would have more than ${limits.projectBytes} bytes`, {
    hint: "delete old files, or ask the operator of this index about its limits",
  });
}

async function join({ accounts, audit, clock }: UploadPorts, { account }: Principal, project: string): Promise<void> {
  const at = clock();
  const joined = await accounts.joinOrFound(project, account, at);
  if (joined === undefined) throw notMember(account, project);
  if ("code" in joined) throw barred(joined);
  if (!joined.founded) return;
  const detail = { account, role: joined.role };
  await audit.append({ at, actor: account, action: "project.found", subject: project, detail });
}

async function outcome(
  { store, publisher, onError }: UploadPorts,
  { project, filename, sha256 }: NewFile,
  acceptance: Acceptance | undefined,
): Promise<Uploaded["outcome"]> {
  if (acceptance === undefined) throw new Error("a submission without an answer");
  if (acceptance.outcome === "barred") throw barred(acceptance.bar);
  if (acceptance.outcome === "conflict") requireSameFile(filename, acceptance, sha256);
  try {
    if (acceptance.outcome !== "accepted") {
      // Whoever sent it first may have been told of a failure before it was published.
      const isPublished = async (): Promise<boolean> =>
        (await store.file(project, filename))?.publishedIn !== undefined;
      if (!(await isPublished())) await publisher.run();
      if (await isPublished()) return "known";
      throw new ServerError("UPLOAD_NOT_ALLOWED", `${filename} was not published`, { hint: "upload it again" });
    }
    const decided = await publisher.outcomeOf(acceptance.transaction);
    if (decided.outcome === "published") return "published";
    throw new ServerError("UPLOAD_NOT_ALLOWED", decided.reason, { hint: "the index has not taken the file" });
  } catch (error) {
    if (error instanceof ServerError && error.code === "UPLOAD_NOT_ALLOWED") throw error;
    // It is accepted and safe: whatever keeps it from being published now, the next publication takes it up.
    onError(error);
    return "accepted";
  }
}

/** The same name must mean the same bytes, for ever. Upload tools look for these first words. */
function requireSameFile(
  filename: string,
  present: { readonly filename: string; readonly sha256: string; readonly deleted: boolean },
  sha256: string,
): void {
  if (present.deleted) {
    throw new ServerError(
      "FILE_EXISTS",
      `File already exists: ${filename} was deleted here, and no name is used twice`,
      {
        hint: "give the release another version",
      },
    );
  }
  if (present.sha256 === sha256 && present.filename === filename) return;
  const other = present.filename === filename ? "with other content" : `as ${present.filename}`;
  throw new ServerError("FILE_EXISTS", `File already exists: ${filename} is here ${other}`, {
    hint: "a file is never replaced; give the release another version",
  });
}

function notAllowed(message: string): ServerError {
  return new ServerError("UPLOAD_NOT_ALLOWED", message, { hint: "use a token that is, or ask for one" });
}

function notMember(account: string, project: string): ServerError {
  return new ServerError("UPLOAD_NOT_ALLOWED", `${account} is no member of the project ${project}`, {
    hint: "an owner of the project, or the operator of this index, can change that",
  });
}

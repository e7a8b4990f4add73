import { randomBytes } from "node:crypto";
import { readLoginKey, readReleaseKey, verifyStatement, peerOf, type Identity } from "@countermark/identity";
import {
  apiPaths,
  decodeJoins,
  encodeJoin,
  INVITATION_SECRET_BYTES,
  invitationId,
  isNormalisedName,
  joinTag,
  verifyJoin,
  type Join,
} from "@countermark/repository";
import type { PublicKey } from "@countermark/tuf";
import type { IndexApi } from "../account/index-api.ts";
import { ClientError } from "../errors.ts";
import type { PinnedRepository } from "../verify/state/trust-store.ts";

const CODE = /^cm-join:([a-z0-9-]{1,128}):([0-9a-f]{64}):([A-Za-z0-9_-]{22})$/;

/** What an invitation's code says: who has it is believed to be the one it was handed to (TRUST.md 6). */
export interface Invitation {
  readonly project: string;
  /** SHA-256 of the index's first root: the newcomer trusts the same index, or notices. */
  readonly repository: string;
  readonly secret: Uint8Array;
}

/** A newcomer whose keys bear the seal of the code. */
export interface Newcomer {
  readonly account: string;
  readonly release: PublicKey;
}

/** A new invitation, of 128 random bits. */
export function makeInvitation(project: string, repository: string): Invitation {
  return { project, repository, secret: randomBytes(INVITATION_SECRET_BYTES) };
}

export function formatInvitation({ project, repository, secret }: Invitation): string {
  return `cm-join:${project}:${repository}:${Buffer.from(secret).toString("base64url")}`;
}

/** Throws ClientError `INVITATION`; the code itself is in no message. */
export function parseInvitation(text: string): Invitation {
  const [, project = "", repository = "", secret = ""] = CODE.exec(text.trim()) ?? [];
  if (isNormalisedName(project)) return { project, repository, secret: Buffer.from(secret, "base64url") };
  throw new ClientError("INVITATION", "this is no code of an invitation", {
    hint: "it begins with cm-join: and was printed by countermark project invite; copy it whole",
  });
}

/** Answers an invitation with both keys, sealed by its code so that the index that carries them cannot swap them. */
export async function answerInvitation(
  api: IndexApi,
  at: PinnedRepository,
  { project, repository, secret }: Invitation,
  account: string,
  identity: Identity,
): Promise<void> {
  requireSameIndex(at, repository);
  const { release, login } = identity.publicKeys;
  const invitation = invitationId(secret, project);
  const keys = { release: release.identity, login: login.identity };
  const proof = await identity.signStatement("join", contextOf(at, account, invitation), {
    project,
    invitation,
    ...keys,
  });
  const unsealed = { account, invitation, release: release.json, login: login.json };
  const join: Join = { ...unsealed, tag: joinTag(secret, repository, project, unsealed), proof: proof.signature };
  await api.send({ method: "POST", path: apiPaths.joins(project), body: encodeJoin(join) });
}

/**
 * Whoever has answered an invitation with its code. An answer that does not bear its seal is somebody else's: the index's,
 * or another's who saw that an invitation was there.
 * @throws ClientError `INVITATION`
 */
export async function readAnswer(api: IndexApi, at: PinnedRepository, invitation: Invitation): Promise<Newcomer> {
  const { project, repository, secret } = invitation;
  requireSameIndex(at, repository);
  const id = invitationId(secret, project);
  const body = await api.send({ method: "GET", path: apiPaths.joins(project) });
  const answers = decodeJoins(body).filter((join) => join.invitation === id);
  const [sealed, ...others] = answers.filter((join) => verifyJoin(secret, repository, project, join));
  if (sealed !== undefined && others.length === 0) return readNewcomer(at, project, sealed);
  if (sealed !== undefined) throw new ClientError("INVITATION", "the code was used more than once: make a new one");
  if (answers.length === 0) {
    throw new ClientError("INVITATION", "nobody has answered this invitation yet", {
      hint: "the newcomer runs: countermark project join",
    });
  }
  throw new ClientError("INVITATION", "the answer to this invitation does not bear its seal: its keys were swapped", {
    hint: "nobody was let in; whoever sent it does not hold the code. Ask the newcomer, and make a new one",
  });
}

function readNewcomer(at: PinnedRepository, project: string, join: Join): Newcomer {
  const release = readReleaseKey(join.release);
  const login = readLoginKey(join.login);
  const { account, invitation } = join;
  const statement = { project, invitation, release: release.identity, login: login.identity };
  const claim = { purpose: "join", context: contextOf(at, account, invitation), statement } as const;
  if (verifyStatement(claim, { release, login }, join.proof)) return { account, release };
  throw new ClientError("INVITATION", "the newcomer's answer is not signed by the keys that it names");
}

function contextOf(at: PinnedRepository, account: string, invitation: string) {
  return { repository: at.id, account, peer: peerOf(at.url), nonce: invitation };
}

function requireSameIndex({ id, url }: PinnedRepository, repository: string): void {
  if (id === repository) return;
  throw new ClientError("INVITATION", `the invitation is to a project of another index than ${url}`, {
    hint: `trust the index whose first root is ${repository.slice(0, 12)}…, and name it with --index`,
  });
}

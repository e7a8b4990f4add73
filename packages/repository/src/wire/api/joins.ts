import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { canonicalise, encodeJson, formatTime, jsonObject, type JsonObject } from "@countermark/tuf";
import { projectHash } from "../../layout/paths.ts";
import { ACCOUNT, DIGEST } from "./forms.ts";
import { Members } from "./members.ts";

/** Bytes of the secret in an invitation's code. */
export const INVITATION_SECRET_BYTES = 16;
const MAX_JOIN_BODY_BYTES = 64 * 1024;
const MAX_JOINS = 1000;

/**
 * A newcomer's answer to an invitation: both keys, tied to the secret of the code, so that the index that carries the
 * answer cannot swap them (TRUST.md 6). The owner who made the code verifies `tag` before anything else.
 */
export interface Join {
  readonly account: string;
  /** {@link invitationId}: all that the index learns of the code. */
  readonly invitation: string;
  /** Key objects (TUF 4.2). */
  readonly release: JsonObject;
  readonly login: JsonObject;
  /** {@link joinTag}, lower-case hex. */
  readonly tag: string;
  /** Signature of the release key over identity's statement `join`, whose nonce is the invitation's id. */
  readonly proof: Uint8Array;
}

/** By what the index knows an invitation. From it nobody gets back to the secret. */
export function invitationId(secret: Uint8Array, project: string): string {
  return createHash("sha256")
    .update(`countermark/v1/invitation\0${projectHash(project)}/${project}\0`)
    .update(secret)
    .digest("hex");
}

/** HMAC-SHA256 under the code's secret over who joins what with which keys. */
export function joinTag(
  secret: Uint8Array,
  repository: string,
  project: string,
  join: Omit<Join, "tag" | "proof">,
): string {
  const { account, invitation, release, login } = join;
  const what = canonicalise(jsonObject({ repository, project, account, invitation, release, login }));
  return createHmac("sha256", secret).update("countermark/v1/join\0").update(what).digest("hex");
}

/** Whether the keys of an answer are those that whoever holds the code has sent. */
export function verifyJoin(secret: Uint8Array, repository: string, project: string, join: Join): boolean {
  if (join.invitation !== invitationId(secret, project)) return false;
  const expected = Buffer.from(joinTag(secret, repository, project, join), "hex");
  const found = Buffer.from(join.tag, "hex");
  return found.length === expected.length && timingSafeEqual(found, expected);
}

/** `POST projects/<project>/joins`, with the newcomer's session. */
export function encodeJoin(join: Join): Uint8Array {
  return encodeJson(jsonObject(joinMembers(join)));
}

function joinMembers({ account, invitation, release, login, tag, proof }: Join) {
  return { account, invitation, release, login, tag, proof: Buffer.from(proof).toString("hex") };
}

/** Throws `WIRE_FORMAT`. */
export function decodeJoin(body: Uint8Array): Join {
  const members = Members.parse(body, MAX_JOIN_BODY_BYTES);
  const join = readJoin(members);
  members.end();
  return join;
}

function readJoin(members: Members): Join {
  return {
    account: members.text("account", ACCOUNT),
    invitation: members.text("invitation", DIGEST),
    release: members.object("release"),
    login: members.object("login"),
    tag: members.text("tag", DIGEST),
    proof: members.signature("proof"),
  };
}

/** `GET projects/<project>/joins`, for owners: the answers that wait, with the time of each. */
export function encodeJoins(joins: readonly (Join & { readonly sent: number })[]): Uint8Array {
  return encodeJson(
    jsonObject({
      joins: joins.map(({ sent, ...join }) => jsonObject({ ...joinMembers(join), sent: formatTime(sent) })),
    }),
  );
}

export function decodeJoins(body: Uint8Array): readonly (Join & { readonly sent: number })[] {
  const members = Members.parse(body, MAX_JOINS * MAX_JOIN_BODY_BYTES);
  return members.list("joins", MAX_JOINS).map((each) => ({ ...readJoin(each), sent: each.time("sent") }));
}

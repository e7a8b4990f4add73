import { encodeJson, formatTime, jsonObject, type JsonObject, type PlainJson } from "@countermark/tuf";
import { ACCOUNT, DIGEST, ID, LINE, SECRET } from "./forms.ts";
import { Members } from "./members.ts";

/** Largest body about an account: two RSA keys and their proofs, with room. */
export const MAX_ACCOUNT_BODY_BYTES = 64 * 1024;
/** Keys of one account that are told of. */
const MAX_KEYS = 1000;
/** Highest generation of a derived identity. */
const MAX_GENERATION = 999;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const read = (body: Uint8Array): Members => Members.parse(body, MAX_ACCOUNT_BODY_BYTES);
const write = (members: Readonly<Record<string, PlainJson | undefined>>): Uint8Array => encodeJson(jsonObject(members));

/** `POST challenges`: asks for a nonce for one account, which need not exist yet. */
export interface ChallengeRequest {
  readonly account: string;
}

/** A nonce, good once, for statements of that account to this index, until it expires (milliseconds since the epoch). */
export interface Challenge {
  readonly nonce: string;
  readonly expires: number;
}

export function encodeChallengeRequest({ account }: ChallengeRequest): Uint8Array {
  return write({ account });
}

/** Throws `WIRE_FORMAT`, as every reader here. */
export function decodeChallengeRequest(body: Uint8Array): ChallengeRequest {
  const members = read(body);
  const account = members.text("account", ACCOUNT);
  members.end();
  return { account };
}

export function encodeChallenge({ nonce, expires }: Challenge): Uint8Array {
  return write({ nonce, expires: formatTime(expires) });
}

export function decodeChallenge(body: Uint8Array): Challenge {
  const members = read(body);
  return { nonce: members.text("nonce", DIGEST), expires: members.time("expires") };
}

/** Two public keys and the proofs that one person holds both: identity's `Enrolment`, as it travels. */
export interface EnrolledKeys {
  readonly release: JsonObject;
  readonly login: JsonObject;
  readonly releaseProof: Uint8Array;
  readonly loginProof: Uint8Array;
  /** Where the keys come from: identity's `IdentityKind`. */
  readonly kind?: string;
  /** The owner's word for it, such as `laptop`. */
  readonly label?: string;
}

/** `POST accounts`: makes an account. */
export interface EnrolmentRequest extends EnrolledKeys {
  readonly account: string;
  /** Of the derived identity; 1 for all others. */
  readonly generation: number;
  readonly nonce: string;
  /** What the operator handed out, where the index takes newcomers by invitation only. */
  readonly invitation?: string;
}

const keysMembers = ({ release, login, releaseProof, loginProof, kind, label }: EnrolledKeys) => ({
  ...{ release, login, kind, label },
  releaseProof: hex(releaseProof),
  loginProof: hex(loginProof),
});

function readKeys(members: Members): EnrolledKeys {
  const kind = members.optional("kind", (name) => members.text(name, /^[a-z][a-z-]{0,31}$/));
  const label = members.optional("label", (name) => members.text(name, LINE));
  return {
    ...(kind !== undefined && { kind }),
    ...(label !== undefined && { label }),
    release: members.object("release"),
    login: members.object("login"),
    releaseProof: members.signature("releaseProof"),
    loginProof: members.signature("loginProof"),
  };
}

export function encodeEnrolmentRequest(request: EnrolmentRequest): Uint8Array {
  const { account, generation, nonce, invitation } = request;
  return write({ account, generation, nonce, invitation, ...keysMembers(request) });
}

export function decodeEnrolmentRequest(body: Uint8Array): EnrolmentRequest {
  const members = read(body);
  const invitation = members.optional("invitation", (name) => members.text(name, /^[\x21-\x7e]{1,200}$/));
  const request = {
    account: members.text("account", ACCOUNT),
    generation: members.count("generation", 1, MAX_GENERATION),
    nonce: members.text("nonce", DIGEST),
    ...readKeys(members),
    ...(invitation !== undefined && { invitation }),
  };
  members.end();
  return request;
}

/** `POST sessions`: a signed challenge. `keyId` is that of the login key. */
export interface SessionRequest {
  readonly account: string;
  readonly nonce: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** A session: a bearer secret until it expires. */
export interface Session {
  readonly session: string;
  readonly expires: number;
}

export function encodeSessionRequest({ account, nonce, keyId, signature }: SessionRequest): Uint8Array {
  return write({ account, nonce, keyId, signature: hex(signature) });
}

export function decodeSessionRequest(body: Uint8Array): SessionRequest {
  const members = read(body);
  const request = {
    account: members.text("account", ACCOUNT),
    nonce: members.text("nonce", DIGEST),
    keyId: members.text("keyId", DIGEST),
    signature: members.signature("signature"),
  };
  members.end();
  return request;
}

export function encodeSession({ session, expires }: Session): Uint8Array {
  return write({ session, expires: formatTime(expires) });
}

export function decodeSession(body: Uint8Array): Session {
  const members = read(body);
  return { session: members.text("session", SECRET), expires: members.time("expires") };
}

/** `POST accounts/<account>/keys`: the keys of another machine, let in by a login key that is in already. */
export interface AdmissionRequest extends EnrolledKeys {
  readonly nonce: string;
  /** Id of the login key that admits, and its signature over `admit`. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export function encodeAdmissionRequest(request: AdmissionRequest): Uint8Array {
  const { nonce, keyId, signature } = request;
  return write({ nonce, keyId, signature: hex(signature), ...keysMembers(request) });
}

export function decodeAdmissionRequest(body: Uint8Array): AdmissionRequest {
  const members = read(body);
  const request = {
    nonce: members.text("nonce", DIGEST),
    keyId: members.text("keyId", DIGEST),
    signature: members.signature("signature"),
    ...readKeys(members),
  };
  members.end();
  return request;
}

/** `POST accounts/<account>/revocations`: withdraws a key of the account, by a statement `revoke`. */
export interface RevocationRequest {
  readonly nonce: string;
  /** Identity of the key that is withdrawn, and with it the other of its pair. */
  readonly key: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export function encodeRevocationRequest({ nonce, key, keyId, signature }: RevocationRequest): Uint8Array {
  return write({ nonce, key, keyId, signature: hex(signature) });
}

export function decodeRevocationRequest(body: Uint8Array): RevocationRequest {
  const members = read(body);
  const request = {
    nonce: members.text("nonce", DIGEST),
    key: members.text("key", DIGEST),
    keyId: members.text("keyId", DIGEST),
    signature: members.signature("signature"),
  };
  members.end();
  return request;
}

/** One pair of keys of an account. */
export interface AccountKeys {
  readonly release: JsonObject;
  readonly login: JsonObject;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** `GET accounts/<account>`: what an index knows of an account. Public keys; nothing else identifies anybody. */
export interface AccountView {
  readonly account: string;
  readonly generation: number;
  readonly keys: readonly AccountKeys[];
}

export function encodeAccountView({ account, generation, keys }: AccountView): Uint8Array {
  const list = keys.map(({ release, login, since }) => jsonObject({ release, login, since: formatTime(since) }));
  return write({ account, generation, keys: list });
}

export function decodeAccountView(body: Uint8Array): AccountView {
  const members = Members.parse(body, MAX_KEYS * MAX_ACCOUNT_BODY_BYTES);
  return {
    account: members.text("account", ACCOUNT),
    generation: members.count("generation", 1, MAX_GENERATION),
    keys: members.list("keys", MAX_KEYS).map((each) => ({
      release: each.object("release"),
      login: each.object("login"),
      since: each.time("since"),
    })),
  };
}

/** `POST tokens`: a token for upload tools. */
export interface TokenRequest {
  readonly label: string;
  /** Normalised name of the one project that it is good for; all of the account's where it is left out. */
  readonly project?: string;
  /** What alone it is good for; for both where it is left out. */
  readonly scope?: "upload" | "read";
  /** How long it is good, at most {@link MAX_TOKEN_DAYS}, which is what it is where it is left out. */
  readonly days?: number;
}

/** Longest life of a token, a leap year: every token expires. */
export const MAX_TOKEN_DAYS = 366;

/** A token without its secret. Times in milliseconds since the epoch. */
export interface TokenView extends Omit<TokenRequest, "days"> {
  readonly id: string;
  readonly created: number;
  readonly expires: number;
}

const PROJECT = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const SCOPE = /^(?:upload|read)$/;

export function encodeTokenRequest({ label, project, scope, days }: TokenRequest): Uint8Array {
  return write({ label, project, scope, days });
}

export function decodeTokenRequest(body: Uint8Array): TokenRequest {
  const members = read(body);
  const days = members.optional("days", (name) => members.count(name, 1, MAX_TOKEN_DAYS));
  const request = { label: members.text("label", LINE), ...readReach(members), ...(days !== undefined && { days }) };
  members.end();
  return request;
}

function readReach(members: Members): Pick<TokenRequest, "project" | "scope"> {
  const project = members.optional("project", (name) => members.text(name, PROJECT));
  const scope = members.optional("scope", (name) => members.text(name, SCOPE)) as TokenRequest["scope"];
  return { ...(project !== undefined && { project }), ...(scope !== undefined && { scope }) };
}

/** The answer to `POST tokens`: the one time that the secret is told. */
export function encodeNewToken({ id, token }: { readonly id: string; readonly token: string }): Uint8Array {
  return write({ id, token });
}

export function decodeNewToken(body: Uint8Array): { readonly id: string; readonly token: string } {
  const members = read(body);
  return { id: members.text("id", ID), token: members.text("token", SECRET) };
}

export function encodeTokens(tokens: readonly TokenView[]): Uint8Array {
  return write({
    tokens: tokens.map(({ id, label, project, scope, created, expires }) =>
      jsonObject({ id, label, project, scope, created: formatTime(created), expires: formatTime(expires) }),
    ),
  });
}

export function decodeTokens(body: Uint8Array): readonly TokenView[] {
  const members = Members.parse(body, MAX_KEYS * MAX_ACCOUNT_BODY_BYTES);
  return members.list("tokens", MAX_KEYS).map((each) => ({
    id: each.text("id", ID),
    label: each.text("label", LINE),
    created: each.time("created"),
    expires: each.time("expires"),
    ...readReach(each),
  }));
}

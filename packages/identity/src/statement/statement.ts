import { createHash } from "node:crypto";
import { canonicalise, jsonObject } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import { checkAccount, type Account } from "../keys/account.ts";
import type { IdentityPurpose, PublicKeys } from "../identity/identity.ts";
import { checkStatement, namesOwnKeys, signingKeyOf, type OwnKeys, type Purpose, type Statements } from "./purposes.ts";

/** Longest base URL of an index, in characters. */
export const MAX_PEER_CHARACTERS = 512;
/** A nonce is 32 random bytes in lower-case hex. */
const NONCE = /^[0-9a-f]{64}$/;

/** What a statement is bound to, so that it is good for one account, one listener and one time. */
export interface StatementContext extends Account {
  /** Base URL of the index that the signer itself is talking to, as `peerOf` writes it: not what an index calls itself. */
  readonly peer: string;
  /** What the listener chose, once: 32 bytes in lower-case hex. */
  readonly nonce: string;
}

/** A statement with what it is bound to. */
export interface Claim<P extends Purpose = Purpose> {
  readonly purpose: P;
  readonly context: StatementContext;
  readonly statement: Statements[P];
}

/** One of a purpose that identities sign. */
export type IdentityClaim = { [P in IdentityPurpose]: Claim<P> }[IdentityPurpose];

/**
 * The base URL of an index in its one form for statements: `http` or `https`, no user, query or fragment, ending in `/`.
 * Throws `IDENTITY_STATEMENT`.
 */
export function peerOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new IdentityError("IDENTITY_STATEMENT", "the base URL of an index is not an http or https URL");
  }
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw new IdentityError("IDENTITY_STATEMENT", "the base URL of an index has a user, a query or a fragment");
  }
  const href = parsed.href.endsWith("/") ? parsed.href : `${parsed.href}/`;
  if (href.length <= MAX_PEER_CHARACTERS) return href;
  throw new IdentityError(
    "IDENTITY_STATEMENT",
    `the base URL of an index is longer than ${MAX_PEER_CHARACTERS} characters`,
  );
}

/**
 * The bytes that are signed: `countermark/v1/<purpose>`, NUL, SHA-256 of the canonical
 * `{account, nonce, peer, repository, statement}`. They hold nothing that anyone but us has chosen but a digest, and
 * begin with `c`, where TUF metadata begins with `{`: none is ever the other.
 *
 * Not exported from the package. Throws `IDENTITY_STATEMENT`, `IDENTITY_ACCOUNT`.
 */
export function statementMessage<P extends Purpose>({ purpose, context, statement }: Claim<P>): Uint8Array {
  const checked = checkStatement(purpose, statement);
  const { repository, account, peer, nonce } = checkContext(context);
  const bound = jsonObject({ repository, account, peer, nonce, statement: jsonObject(checked) });
  const digest = createHash("sha256").update(canonicalise(bound)).digest();
  return Buffer.concat([Buffer.from(`countermark/v1/${purpose}\0`, "ascii"), digest]);
}

/**
 * Whether `signature` over exactly this claim is that of the key which its purpose asks for, of one identity; where the
 * purpose names the signer's own keys, those named must be these. Whether the nonce is one that was given out and not yet
 * used is for the caller to know.
 * Throws `IDENTITY_STATEMENT` or `IDENTITY_ACCOUNT` where the claim itself is not of its form.
 */
export function verifyStatement(claim: IdentityClaim, keys: PublicKeys, signature: Uint8Array): boolean {
  const message = statementMessage(claim);
  const signedBy = signingKeyOf(claim.purpose);
  if (signedBy === "approval" || !namesOnly(claim, keys)) return false;
  return keys[signedBy].verify(message, signature);
}

function namesOnly({ purpose, statement }: Claim, { release, login }: PublicKeys): boolean {
  if (!namesOwnKeys(purpose)) return true;
  const named = statement as OwnKeys;
  return named.release === release.identity && named.login === login.identity;
}

function checkContext(context: StatementContext): StatementContext {
  checkAccount(context);
  if (peerOf(context.peer) !== context.peer) {
    throw new IdentityError("IDENTITY_STATEMENT", "the peer of a statement is not a base URL in its one form");
  }
  if (!NONCE.test(context.nonce)) {
    throw new IdentityError("IDENTITY_STATEMENT", "the nonce of a statement is not 32 bytes in lower-case hex");
  }
  return context;
}

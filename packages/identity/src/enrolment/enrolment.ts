import type { JsonObject } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import type { Identity, PublicKeys } from "../identity/identity.ts";
import { readLoginKey, readReleaseKey } from "../keys/admissible.ts";
import type { OwnKeys } from "../statement/purposes.ts";
import { verifyStatement, type StatementContext } from "../statement/statement.ts";

/** The keys of a new identity, each with a proof that whoever enrols them holds both. */
export interface Enrolment {
  /** Key objects (TUF 4.2). */
  readonly release: JsonObject;
  readonly login: JsonObject;
  /** Signature of the release key over `enrol-release`. */
  readonly releaseProof: Uint8Array;
  /** Signature of the login key over `enrol-login`. */
  readonly loginProof: Uint8Array;
}

/** Which keys a statement names when it is about an identity's own. */
export function ownKeys({ release, login }: PublicKeys): OwnKeys {
  return { release: release.identity, login: login.identity };
}

/** Proves possession of both keys to the index that gave out the nonce. Throws as `signStatement` does. */
export async function proveEnrolment(identity: Identity, context: StatementContext): Promise<Enrolment> {
  const keys = ownKeys(identity.publicKeys);
  const release = await identity.signStatement("enrol-release", context, keys);
  const login = await identity.signStatement("enrol-login", context, keys);
  return {
    release: identity.publicKeys.release.json,
    login: identity.publicKeys.login.json,
    releaseProof: release.signature,
    loginProof: login.signature,
  };
}

/**
 * The keys of an enrolment, once everything about them is right: both admissible, two different keys, each proven to be
 * held by whoever knows the other. The caller has given out the nonce for this account, and takes it once.
 * Throws `IDENTITY_KEY`, `IDENTITY_PROOF`, `IDENTITY_STATEMENT`, `IDENTITY_ACCOUNT`.
 */
export function verifyEnrolment(context: StatementContext, enrolment: Enrolment): PublicKeys {
  const keys = { release: readReleaseKey(enrolment.release), login: readLoginKey(enrolment.login) };
  if (keys.release.identity === keys.login.identity) {
    throw new IdentityError("IDENTITY_KEY", "the release key and the login key are one key");
  }
  const statement = ownKeys(keys);
  if (!verifyStatement({ purpose: "enrol-release", context, statement }, keys, enrolment.releaseProof)) {
    throw new IdentityError("IDENTITY_PROOF", "possession of the release key is not proven");
  }
  if (!verifyStatement({ purpose: "enrol-login", context, statement }, keys, enrolment.loginProof)) {
    throw new IdentityError("IDENTITY_PROOF", "possession of the login key is not proven");
  }
  return keys;
}

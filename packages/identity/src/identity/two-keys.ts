import {
  addSignatures,
  canonicalise,
  readMetadata,
  signMetadata,
  toJson,
  type Envelope,
  type Metadata,
} from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import type { KeyHandle } from "../keys/key-handle.ts";
import { namesOwnKeys, signingKeyOf, type OwnKeys, type Statements } from "../statement/purposes.ts";
import { statementMessage, type StatementContext } from "../statement/statement.ts";
import type { Identity, IdentityKind, IdentityPurpose, PublicKeys, StatementSignature } from "./identity.ts";

/** What an identity may do less than others. */
export interface Restrictions {
  /** Purposes of the statements that it signs. */
  readonly purposes: ReadonlySet<IdentityPurpose>;
  /** Throws where it must not be used any more. */
  readonly checkUse: () => void;
  /** Throws `IDENTITY_SCOPE` for a role that it must not sign. */
  readonly checkRole: (role: Metadata) => void;
}

/** An identity of two keys that this process holds, or has signed elsewhere. */
export class TwoKeyIdentity implements Identity {
  readonly kind: IdentityKind;
  readonly publicKeys: PublicKeys;
  readonly #release: KeyHandle;
  readonly #login: KeyHandle;
  readonly #restrictions: Restrictions | undefined;
  #closed = false;

  /** Owns both handles from here on. Throws `IDENTITY_KEY` where they are one key. */
  constructor(kind: IdentityKind, release: KeyHandle, login: KeyHandle, restrictions?: Restrictions) {
    if (release.publicKey.identity === login.publicKey.identity) {
      throw new IdentityError("IDENTITY_KEY", "the release key and the login key are one key");
    }
    this.kind = kind;
    this.publicKeys = { release: release.publicKey, login: login.publicKey };
    this.#release = release;
    this.#login = login;
    this.#restrictions = restrictions;
  }

  /** The login key of another identity, which goes on owning it. Throws `IDENTITY_CLOSED`, `IDENTITY_SCOPE`. */
  static lendLogin(identity: Identity): KeyHandle {
    if (!(identity instanceof TwoKeyIdentity)) throw new TypeError("an identity that this package did not make");
    identity.#checkOpen();
    if (identity.#restrictions !== undefined) {
      throw new IdentityError("IDENTITY_SCOPE", "this identity lends its login key to no other");
    }
    const login = identity.#login;
    return { publicKey: login.publicKey, sign: (message) => login.sign(message), close: () => undefined };
  }

  async signRole(role: Metadata, others?: Envelope<Metadata>): Promise<Uint8Array> {
    this.#checkUse();
    this.#restrictions?.checkRole(role);
    if (others === undefined) return await signMetadata(role, [this.#release]);
    checkSame(role, others);
    return await addSignatures(others.bytes, [this.#release]);
  }

  async signStatement<P extends IdentityPurpose>(
    purpose: P,
    context: StatementContext,
    statement: Statements[P],
  ): Promise<StatementSignature> {
    this.#checkUse();
    const key = signingKeyOf(purpose);
    if (key === "approval") {
      throw new IdentityError("IDENTITY_STATEMENT", `statements for ${purpose} are signed by an approval key`);
    }
    if (this.#restrictions?.purposes.has(purpose) === false) {
      throw new IdentityError("IDENTITY_SCOPE", `this identity signs no statements for ${purpose}`);
    }
    if (namesOwnKeys(purpose)) this.#checkOwn(statement as OwnKeys);
    const message = statementMessage({ purpose, context, statement });
    const handle = key === "release" ? this.#release : this.#login;
    const signature = await handle.sign(message);
    checkSignature(handle, message, signature);
    return { key, keyId: handle.publicKey.keyId, signature };
  }

  close(): void {
    this.#closed = true;
    this.#release.close();
    this.#login.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkUse(): void {
    this.#checkOpen();
    this.#restrictions?.checkUse();
  }

  #checkOpen(): void {
    if (this.#closed) throw new IdentityError("IDENTITY_CLOSED", "the identity was closed before");
  }

  #checkOwn({ release, login }: OwnKeys): void {
    if (release === this.publicKeys.release.identity && login === this.publicKeys.login.identity) return;
    throw new IdentityError(
      "IDENTITY_STATEMENT",
      "a statement names other keys than those of the identity that signs it",
    );
  }
}

/** Byte for byte what the others have signed, read anew: so that what was shown is what all of them sign. */
function checkSame(role: Metadata, { bytes }: Envelope<Metadata>): void {
  if (Buffer.compare(canonicalise(toJson(role)), readMetadata(bytes).message) === 0) return;
  throw new IdentityError("IDENTITY_SCOPE", "what others have signed is not the role that is to be signed");
}

/** A signature that does not verify comes from a broken token, and may tell its private key. */
function checkSignature({ publicKey }: KeyHandle, message: Uint8Array, signature: Uint8Array): void {
  if (publicKey.verify(message, signature)) return;
  throw new IdentityError(
    "IDENTITY_PROOF",
    `the holder of key ${publicKey.keyId} returned a signature that does not verify`,
  );
}

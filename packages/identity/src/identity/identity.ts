import type { Envelope, Metadata, PublicKey } from "@countermark/tuf";
import type { Purpose, SigningKey, Statements } from "../statement/purposes.ts";
import type { StatementContext } from "../statement/statement.ts";

/** Where the release key of an identity comes from. */
export type IdentityKind = "passphrase" | "device" | "key-file" | "ssh-agent" | "ci";

/** The two public keys of an identity. They are never the same key. */
export interface PublicKeys {
  /** Signs roles. */
  readonly release: PublicKey;
  /** Signs statements to an index. Ed25519. */
  readonly login: PublicKey;
}

/** Purposes of statements that an identity signs; approval keys sign the others. */
export type IdentityPurpose = Exclude<Purpose, "approve">;

/** A signature over a statement, and whose it is. */
export interface StatementSignature {
  readonly key: Exclude<SigningKey, "approval">;
  /** Id of the key that signed (TUF 4.2). */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/**
 * One person's keys, opened. It signs two kinds of things and no bytes: TUF metadata that the caller composed, and
 * statements of a closed list of purposes. Whoever opened it closes it; from then on everything but `kind` and
 * `publicKeys` throws `IDENTITY_CLOSED`.
 */
export interface Identity extends Disposable {
  readonly kind: IdentityKind;
  readonly publicKeys: PublicKeys;

  /**
   * The whole file of a role (TUF 4.2), compact and canonical, signed with the release key. The caller has composed the
   * role from what it verified, and shown it to the person.
   *
   * With `others`, a file that others have signed: their signatures are kept, provided that it says the very same as
   * `role`; else `IDENTITY_SCOPE`, and nothing is signed.
   *
   * Throws `IDENTITY_SCOPE` for a role that this identity may not sign, and as tuf's `signMetadata` does.
   */
  signRole(role: Metadata, others?: Envelope<Metadata>): Promise<Uint8Array>;

  /**
   * Signs one statement, with the key that its purpose asks for. Where the purpose names the signer's own keys, those
   * named must be this identity's.
   * Throws `IDENTITY_STATEMENT`, `IDENTITY_ACCOUNT`, `IDENTITY_SCOPE`.
   */
  signStatement<P extends IdentityPurpose>(
    purpose: P,
    context: StatementContext,
    statement: Statements[P],
  ): Promise<StatementSignature>;

  /** Overwrites the secrets that are in memory and lets go of the keys. Closing twice is nothing. */
  close(): void;
}

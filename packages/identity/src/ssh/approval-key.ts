import { constants, createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { MAX_RSA_BITS, RECOMMENDED_RSA_BITS, type PublicKey } from "@countermark/tuf";
import { derInteger, derSequence } from "../keys/der.ts";
import { malformed, SshReader } from "./reader.ts";
import { ecdsaSignatureOf, ed25519Of, ed25519SignatureOf, p256Of } from "./release-key.ts";
import { sshUint32 } from "./writer.ts";

/** The types of SSH keys that approve (PROTOCOL.u2f of OpenSSH; RFC 4253, 6.6). */
export type ApprovalKeyType = "sk-ssh-ed25519@openssh.com" | "sk-ecdsa-sha2-nistp256@openssh.com" | "ssh-rsa";

/** What a FIDO authenticator says with its signature. */
export interface Presence {
  /** A PIN or a finger, and not just a touch. */
  readonly userVerified: boolean;
  /** Rises with each signature, or stays 0 where the authenticator does not count. */
  readonly counter: number;
}

/** A signature's verdict: what a FIDO key adds, `"rsa"` for a key that adds nothing, `undefined` where it does not verify. */
export type Verdict = Presence | "rsa" | undefined;

/**
 * A key that approves and signs no role: TUF has no scheme for what a FIDO authenticator signs, nor one for the padding
 * with which an agent's RSA keys sign.
 */
export interface ApprovalKey {
  readonly type: ApprovalKeyType;
  /** SHA-256 of `blob`, lower-case hex: what accounts and statements call the key. */
  readonly identity: string;
  /** As SSH writes it. One key has one blob. */
  readonly blob: Uint8Array;
  /** FIDO's relying party: `ssh:` and what the person has added. */
  readonly application: string | undefined;
  /** Whether a signature, as SSH writes it, is this key's over `message`, made with the user's presence. */
  check(message: Uint8Array, signature: Uint8Array): Verdict;
}

type Check = (message: Uint8Array, signature: SshReader) => Verdict;

/** Bits of the flags of an authenticator (WebAuthn, 6.1). */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const MIN_RSA_EXPONENT = 65_537;
const MAX_BLOB_BYTES = 4096;
const MAX_APPLICATION = 128;
const APPLICATION = /^ssh:[\x20-\x7e]*$/;
const LINE = /^(\S+) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;

/** The approval key of one line of a `.pub` file. Throws `IDENTITY_SSH` for anything else. */
export function readApprovalKey(line: string): ApprovalKey {
  const [, type, base64 = ""] = line.length > 2 * MAX_BLOB_BYTES ? [] : (LINE.exec(line.trim()) ?? []);
  const key = approvalKeyOf(Buffer.from(base64, "base64"));
  if (key === undefined || key.type !== type) throw malformed("is no public key that approves");
  return key;
}

/** The approval key of a blob, `undefined` for another type. Throws `IDENTITY_SSH` where it is malformed or too weak. */
export function approvalKeyOf(blob: Uint8Array): ApprovalKey | undefined {
  if (blob.length > MAX_BLOB_BYTES) throw malformed("holds a key that is too long");
  const reader = new SshReader(blob);
  const type = reader.name();
  if (type === "ssh-rsa") return make(type, blob, undefined, checkOfRsa(reader));
  if (type !== "sk-ssh-ed25519@openssh.com" && type !== "sk-ecdsa-sha2-nistp256@openssh.com") return undefined;
  const key = type === "sk-ssh-ed25519@openssh.com" ? ed25519Of(reader.string()) : p256KeyOf(reader);
  const application = applicationOf(reader);
  return make(type, blob, application, (message, signature) => checkPresence(key, application, message, signature));
}

function make(
  type: ApprovalKeyType,
  blob: Uint8Array,
  application: string | undefined,
  checkContent: Check,
): ApprovalKey {
  const own = new Uint8Array(blob);
  return {
    type,
    identity: createHash("sha256").update(own).digest("hex"),
    blob: own,
    application,
    check: (message, signature) => {
      const reader = new SshReader(signature);
      // RSA's signatures have names of their own (RFC 8332, 3), which its check reads.
      if (type !== "ssh-rsa" && reader.name() !== type) return undefined;
      return checkContent(message, reader);
    },
  };
}

function p256KeyOf(reader: SshReader): PublicKey {
  if (reader.name() !== "nistp256") throw malformed("names another curve than its type");
  return p256Of(reader.string());
}

function applicationOf(reader: SshReader): string {
  const application = reader.string().toString("latin1");
  reader.end();
  if (application.length <= MAX_APPLICATION && APPLICATION.test(application)) return application;
  throw malformed("holds a FIDO key that was not made for SSH");
}

/** PROTOCOL.u2f: the signature is over SHA-256(application), flags, counter, SHA-256(message). */
function checkPresence(key: PublicKey, application: string, message: Uint8Array, reader: SshReader): Verdict {
  const content = reader.string();
  const [flags, counter] = [reader.byte(), reader.uint32()];
  reader.end();
  const signature = key.scheme === "ed25519" ? ed25519SignatureOf(content) : ecdsaSignatureOf(content);
  const signed = Buffer.concat([sha256(application), Uint8Array.of(flags), sshUint32(counter), sha256(message)]);
  if ((flags & USER_PRESENT) === 0 || !key.verify(signed, signature)) return undefined;
  return { userVerified: (flags & USER_VERIFIED) !== 0, counter };
}

/** RFC 8332: PKCS #1 v1.5 with SHA-256 or SHA-512; never `ssh-rsa`, which is SHA-1. */
function checkOfRsa(reader: SshReader): Check {
  const [exponent, modulus] = [reader.mpint(), reader.mpint()];
  reader.end();
  const key = rsaKeyOf(exponent, modulus);
  return (message, signature) => {
    const hash = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" }[signature.name()];
    const bytes = signature.string();
    signature.end();
    if (hash === undefined || bytes.length !== modulus.length) return undefined;
    return verify(hash, message, { key, padding: constants.RSA_PKCS1_PADDING }, bytes) ? "rsa" : undefined;
  };
}

function rsaKeyOf(exponent: Buffer, modulus: Buffer): KeyObject {
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  const e = exponent.length > 4 || exponent.length === 0 ? 0 : exponent.readUIntBE(0, exponent.length);
  if (bits < RECOMMENDED_RSA_BITS || bits > MAX_RSA_BITS || e < MIN_RSA_EXPONENT || e % 2 === 0) {
    throw malformed(`holds an RSA key that is too weak or too large`);
  }
  const key = derSequence(derInteger(modulus), derInteger(exponent));
  return createPublicKey({ key, format: "der", type: "pkcs1" });
}

function sha256(data: Uint8Array | string): Buffer {
  return createHash("sha256").update(data).digest();
}

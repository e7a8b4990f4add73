import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { IdentityError } from "../errors.ts";
import { der, derInteger, derSequence } from "../keys/der.ts";
import { ed25519KeyObject } from "../keys/key-handle.ts";
import { SecretBytes, wipeAfter } from "../secret/secret-bytes.ts";
import { malformed, SshReader } from "../ssh/reader.ts";
import { decrypt, tagBytesOf } from "./openssh-cipher.ts";

const MAGIC = Buffer.from("openssh-key-v1\0", "ascii");
const OCTET_STRING = 0x04;
const EXPLICIT_0 = 0xa0;
/** The OID of P-256 (RFC 5480, 2.1.1.1). */
const P256_OID = Buffer.from("06082a8648ce3d030107", "hex");
const P256_POINT_BYTES = 65;
const SCALAR_BYTES = 32;

/**
 * The private key in the bytes of an OpenSSH key file without its armour (PROTOCOL.key of OpenSSH). Its public half, which
 * stands in clear, must be that of the private one.
 * Throws `IDENTITY_SSH`, `IDENTITY_LOCKED`, `IDENTITY_UNLOCK`, `IDENTITY_KEY_FILE`.
 */
export function parseOpenSsh(bytes: Uint8Array, passphrase: Uint8Array | undefined): KeyObject {
  const reader = new SshReader(bytes);
  if (!reader.bytes(MAGIC.length).equals(MAGIC)) throw malformed("is no OpenSSH key");
  const [cipher, kdf, kdfOptions] = [reader.name(), reader.name(), reader.string()];
  if (reader.uint32() !== 1) throw malformed("holds more or less than one key");
  const publicBlob = reader.string();
  const encrypted = reader.string();
  const tag = reader.bytes(tagBytesOf(cipher));
  reader.end();
  const clear = decrypt({ cipher, kdf, kdfOptions, encrypted, tag }, passphrase);
  return wipeAfter(clear, () => parsePrivate(clear, publicBlob, cipher !== "none"));
}

function parsePrivate(clear: Buffer, publicBlob: Buffer, wasLocked: boolean): KeyObject {
  const reader = new SshReader(clear);
  if (reader.uint32() !== reader.uint32()) {
    if (wasLocked) throw new IdentityError("IDENTITY_UNLOCK", "the passphrase does not open the key file");
    throw malformed("has been damaged");
  }
  const outside = new SshReader(publicBlob);
  const type = reader.name();
  if (outside.name() !== type) throw malformed("holds two kinds of keys");
  const key = parseKey(type, reader, outside);
  outside.end();
  reader.string();
  checkPadding(reader);
  return key;
}

function parseKey(type: string, reader: SshReader, outside: SshReader): KeyObject {
  if (type === "ssh-ed25519") return parseEd25519(reader, outside);
  if (type === "ecdsa-sha2-nistp256") return parseP256(reader, outside);
  if (type === "ssh-rsa") return parseRsa(reader, outside);
  throw new IdentityError("IDENTITY_KEY", `keys of type ${type} do not sign releases`, {
    hint: type.startsWith("sk-")
      ? "a FIDO key approves machine keys: load it into ssh-agent"
      : "use Ed25519, ECDSA on P-256, or RSA of 3,072 bits or more",
  });
}

/** The private half is the seed with the public key behind it. */
function parseEd25519(reader: SshReader, outside: SshReader): KeyObject {
  const [inside, both] = [reader.string(), reader.string()];
  using seed = SecretBytes.take(Buffer.from(both.subarray(0, SCALAR_BYTES)));
  const key = ed25519KeyObject(seed);
  const own = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-SCALAR_BYTES);
  checkHalves([inside, both.subarray(SCALAR_BYTES), outside.string()], own);
  return key;
}

/** SEC 1, C.4 (RFC 5915): the curve by its OID, the scalar in 32 bytes. OpenSSL computes the point. */
function parseP256(reader: SshReader, outside: SshReader): KeyObject {
  if (reader.name() !== "nistp256" || outside.name() !== "nistp256")
    throw malformed("names another curve than its type");
  const inside = reader.string();
  const scalar = reader.mpint();
  if (scalar.length > SCALAR_BYTES) throw malformed("holds a scalar that is too long");
  const padded = Buffer.concat([Buffer.alloc(SCALAR_BYTES - scalar.length), scalar]);
  const sec1 = derSequence(derInteger(Uint8Array.of(1)), der(OCTET_STRING, padded), der(EXPLICIT_0, P256_OID));
  const key = importDer(sec1, "sec1");
  padded.fill(0);
  const own = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-P256_POINT_BYTES);
  checkHalves([inside, outside.string()], own);
  return key;
}

/** PKCS #1 wants two numbers that the file does not hold (RFC 8017, A.1.2): d mod p-1 and d mod q-1. */
function parseRsa(reader: SshReader, outside: SshReader): KeyObject {
  const [n, e, d, inverse, p, q] = [
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
    reader.mpint(),
  ];
  const [bigD, bigP, bigQ] = [bigOf(d), bigOf(p), bigOf(q)];
  if (bigP < 3n || bigQ < 3n || bigP * bigQ !== bigOf(n)) throw malformed("holds primes that are not its modulus's");
  const exponents = [bigD % (bigP - 1n), bigD % (bigQ - 1n)].map(magnitudeOf);
  const key = importDer(
    derSequence(...[Uint8Array.of(0), n, e, d, p, q, ...exponents, inverse].map(derInteger)),
    "pkcs1",
  );
  for (const exponent of exponents) exponent.fill(0);
  checkHalves([outside.mpint()], e);
  checkHalves([outside.mpint()], n);
  return key;
}

/** Overwrites the DER after it was read. */
function importDer(bytes: Buffer, type: "sec1" | "pkcs1"): KeyObject {
  return wipeAfter(bytes, (key) => {
    try {
      return createPrivateKey({ key, format: "der", type });
    } catch (cause) {
      throw malformed("holds numbers that are no key", cause);
    }
  });
}

function checkHalves(named: readonly Buffer[], own: Buffer): void {
  if (!named.every((each) => each.equals(own)))
    throw malformed("holds a public key that is not that of its private key");
}

/** 1, 2, 3, … up to the size of a block. */
function checkPadding(reader: SshReader): void {
  const padding = reader.bytes(reader.left);
  if (!padding.every((byte, at) => byte === ((at + 1) & 0xff))) throw malformed("has been damaged");
}

function bigOf(magnitude: Buffer): bigint {
  return magnitude.length === 0 ? 0n : BigInt(`0x${magnitude.toString("hex")}`);
}

function magnitudeOf(value: bigint): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
}

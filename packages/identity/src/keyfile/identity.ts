import type { KeyObject } from "node:crypto";
import type { Identity } from "../identity/identity.ts";
import { TwoKeyIdentity } from "../identity/two-keys.ts";
import { checkAccount, type Account } from "../keys/account.ts";
import { integersOf } from "../keys/der.ts";
import { deriveSeed } from "../keys/derive.ts";
import { keyObjectHandle, seedHandle } from "../keys/key-handle.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";
import { parsePrivateKey } from "./parse.ts";

const SEED_BYTES = 32;
/** Where the scalar stands in SEC 1's DER (RFC 5915, 3): SEQUENCE, version 1, OCTET STRING of 32 bytes. */
const SCALAR_AT = 7;

/**
 * The identity of a private key that the person already has. It releases; its login key is derived from its secret
 * numbers, so that the file alone is the identity, in whatever format it is kept. Throws as `parsePrivateKey` does, and
 * `IDENTITY_ACCOUNT`.
 */
export function identityOfKeyFile(file: Uint8Array, account: Account, passphrase?: Uint8Array): Identity {
  checkAccount(account);
  const key = parsePrivateKey(file, passphrase);
  using secret = secretNumbers(key);
  using loginSeed = deriveSeed(secret, "login key", account);
  return new TwoKeyIdentity("key-file", keyObjectHandle(key), seedHandle(loginSeed));
}

/** What no format writes in two ways: Ed25519's seed, the scalar of P-256, both primes of RSA, the smaller one first. */
function secretNumbers(key: KeyObject): SecretBytes {
  if (key.asymmetricKeyType === "rsa") return primesOf(key);
  const type = key.asymmetricKeyType === "ec" ? "sec1" : "pkcs8";
  const der = key.export({ format: "der", type });
  const number = type === "sec1" ? der.subarray(SCALAR_AT, SCALAR_AT + SEED_BYTES) : der.subarray(-SEED_BYTES);
  const secret = SecretBytes.take(number);
  der.fill(0);
  return secret;
}

function primesOf(key: KeyObject): SecretBytes {
  const der = key.export({ format: "der", type: "pkcs1" });
  // RFC 8017, A.1.2: version, n, e, d, p, q, … Both primes have one length, or the comparison is one of lengths first.
  const primes = integersOf(der).slice(4, 6);
  const [first, second] = primes.sort((a, b) => a.length - b.length || Buffer.compare(a, b));
  const secret = SecretBytes.take(Buffer.concat([first ?? Buffer.alloc(0), second ?? Buffer.alloc(0)]));
  der.fill(0);
  return secret;
}

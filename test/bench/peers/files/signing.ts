import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";

/** JSON without what canonical JSON does not know. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain };

/** A key as metadata carries it, made from a number: the same in every run. */
export interface BenchKey {
  readonly keyId: string;
  readonly json: Plain;
  readonly private: KeyObject;
}

/** PKCS #8 of an Ed25519 key up to its 32-byte seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const RAW_KEY_BYTES = 32;

export function benchKey(n: number): BenchKey {
  const seed = createHash("sha256").update(`bench key ${n}`).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  const material = spki.subarray(-RAW_KEY_BYTES).toString("hex");
  const json = { keytype: "ed25519", scheme: "ed25519", keyval: { public: material } };
  return { keyId: sha256(Buffer.from(canonical(json))), json, private: key };
}

export function keysById(...keys: readonly BenchKey[]): Plain {
  return Object.fromEntries(keys.map(({ keyId, json }) => [keyId, json]));
}

/** A whole file in compact canonical JSON, as every TUF client reads it. */
export function signedFile(signed: Plain, key: BenchKey): Buffer {
  const text = canonical(signed);
  const signature = sign(null, Buffer.from(text), key.private).toString("hex");
  return Buffer.from(`{"signatures":[{"keyid":"${key.keyId}","sig":"${signature}"}],"signed":${text}}`);
}

/** Canonical JSON of values whose text is ASCII without quotes, backslashes and control characters. */
function canonical(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = value as Record<string, Plain>;
  const names = Object.keys(members).sort();
  return `{${names.map((name) => `"${name}":${canonical(members[name] ?? "")}`).join(",")}}`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

import {
  constants,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";
import { canonical, Members } from "./json.ts";

/** A key that can sign, in one of the ways that metadata can write it down. */
export interface PoolKey {
  /** Which form it has, such as `ed25519` or `ecdsa P-256 in hex`. */
  readonly form: string;
  readonly keyId: string;
  readonly json: Members;
  sign(message: Uint8Array): Buffer;
}

const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");
const CURVES = {
  "P-256": { name: "prime256v1", scheme: "ecdsa-sha2-nistp256", hash: "sha256", bytes: 32 },
  "P-384": { name: "secp384r1", scheme: "ecdsa-sha2-nistp384", hash: "sha384", bytes: 48 },
} as const;

type CurveName = keyof typeof CURVES;

/** Keys of every form, the common ones more than once. The RSA keys differ in every run, all others do not. */
export function makeKeyPool(): readonly PoolKey[] {
  return [
    ...Array.from({ length: 12 }, (_, n) => ed25519(n, "ed25519", hexOf)),
    ed25519(20, "ed25519 in PEM", pemOf),
    ecdsa("P-256", 30, "ecdsa", "ecdsa P-256", pemOf),
    ecdsa("P-256", 31, "ecdsa-sha2-nistp256", "ecdsa P-256 by its old name", pemOf),
    ecdsa("P-256", 32, "ecdsa", "ecdsa P-256 in hex", pointOf),
    ecdsa("P-384", 33, "ecdsa", "ecdsa P-384", pemOf),
    ecdsa("P-384", 34, "ecdsa-sha2-nistp384", "ecdsa P-384 by its old name", pemOf),
    ecdsa("P-384", 35, "ecdsa", "ecdsa P-384 in hex", pointOf),
    rsa("rsa", "spki"),
    rsa("rsa in PKCS #1", "pkcs1"),
  ];
}

function seedOf(n: number, bytes: number): Buffer {
  return createHash("sha512").update(`differential key ${n}`).digest().subarray(0, bytes);
}

function ed25519(n: number, form: string, write: (key: KeyObject) => string): PoolKey {
  const der = Buffer.concat([PKCS8_ED25519, seedOf(n, 32)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return poolKey(form, "ed25519", "ed25519", write(createPublicKey(key)), (message) => sign(null, message, key));
}

function ecdsa(curve: CurveName, n: number, keyType: string, form: string, write: (key: KeyObject) => string): PoolKey {
  const { name, scheme, hash, bytes } = CURVES[curve];
  const pair = createECDH(name);
  // The order of either curve is so close to a power of two that a hash is as good as always below it.
  pair.setPrivateKey(seedOf(n, bytes));
  const point = pair.getPublicKey();
  const coordinate = (from: number): string => point.subarray(from, from + bytes).toString("base64url");
  const key = createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: curve,
      d: seedOf(n, bytes).toString("base64url"),
      x: coordinate(1),
      y: coordinate(1 + bytes),
    },
  });
  return poolKey(form, keyType, scheme, write(createPublicKey(key)), (message) => sign(hash, message, key));
}

function rsa(form: string, type: "spki" | "pkcs1"): PoolKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const material = publicKey.export({ type, format: "pem" }).toString();
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return poolKey(form, "rsa", "rsassa-pss-sha256", material, (message) => {
    return sign("sha256", message, { key: privateKey, ...padding });
  });
}

function poolKey(
  form: string,
  keytype: string,
  scheme: string,
  material: string,
  signWith: (message: Uint8Array) => Buffer,
): PoolKey {
  const json = Members.of({ keytype, scheme, keyval: Members.of({ public: material }) });
  const keyId = createHash("sha256").update(canonical(json)).digest("hex");
  return { form, keyId, json, sign: signWith };
}

function hexOf(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
}

/** The uncompressed point, which is the end of the DER. */
function pointOf(key: KeyObject): string {
  const der = key.export({ format: "der", type: "spki" });
  return der.subarray(der.indexOf(Buffer.from([0x00, 0x04])) + 1).toString("hex");
}

function pemOf(key: KeyObject): string {
  return key.export({ format: "pem", type: "spki" }).toString();
}

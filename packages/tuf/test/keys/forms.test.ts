/* How a key may be written, and how large it may be: each limit from both sides. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { jsonObject, MAX_RSA_BITS, readPublicKey, readTargets, type PlainJson, type PublicKey } from "@countermark/tuf";
import { ONLINE, refused, sign, targetsOf, utf8 } from "../support/repository.ts";

const MAX_KEY_CHARACTERS = 4096;
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const ED25519 = Buffer.concat([SPKI_PREFIX, Buffer.alloc(32, 0x11)]);

function read(keytype: string, scheme: string, material: PlainJson): PublicKey {
  return readPublicKey("id", jsonObject({ keytype, scheme, keyval: { public: material } }));
}

const ed25519 = (material: string): PublicKey => read("ed25519", "ed25519", material);
const ecdsa = (material: string): PublicKey => read("ecdsa", "ecdsa-sha2-nistp256", material);

function pem(base64: string): string {
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
}

test("a key's text has at most 4,096 characters", () => {
  const text = pem(ED25519.toString("base64"));
  const longest = text.padEnd(MAX_KEY_CHARACTERS, "\n");
  assert.equal(ed25519(longest).identity, ed25519(text).identity);
  refused(() => ed25519(`${longest}\n`), "TUF_KEY", /not one block of PEM/);
  refused(() => ecdsa("04".padEnd(MAX_KEY_CHARACTERS + 2, "0")), "TUF_KEY", /neither hex nor PEM/);
  refused(() => ecdsa("04".padEnd(MAX_KEY_CHARACTERS, "0")), "TUF_KEY", /^(?!.*neither hex)/);
});

test("RFC 4648, 3.5: base64 whose spare bits are set is another spelling of a key, and refused", () => {
  const base64 = ED25519.toString("base64");
  assert.match(base64, /E=$/);
  refused(() => ed25519(pem(base64.replace(/E=$/, "F="))), "TUF_KEY", /not proper base64/);
});

test("hex of a point has two digits for each byte, and nothing else", () => {
  for (const wrong of ["0", "04x0", "", "0g", " 04"]) refused(() => ecdsa(wrong), "TUF_KEY", /neither hex nor PEM/);
});

test("RFC 8410, 4: DER of an Ed25519 key that goes on behind the key is refused", () => {
  for (const der of [Buffer.concat([ED25519, Buffer.of(0)]), ED25519.subarray(0, -1)]) {
    refused(() => ed25519(pem(der.toString("base64"))), "TUF_KEY", /not 32 bytes/);
  }
});

test("an Ed25519 key whose hex goes beyond f is refused, also where the reader looks for hex itself", async () => {
  const text = new TextDecoder().decode(await sign.targets(targetsOf(1)));
  const online = String((ONLINE.publicKey.json.get("keyval") as ReadonlyMap<string, string>).get("public"));
  const verify = (changed: string): boolean => {
    const { delegations } = readTargets(utf8(text.replaceAll(online, changed))).signed;
    const [key] = delegations?.keys.values() ?? [];
    assert.ok(key !== undefined);
    return key.verify(utf8(""), new Uint8Array(64));
  };
  const material = "1f".repeat(32);
  assert.equal(verify(material), false);
  for (const wrong of ["g", "z", "G"]) {
    refused(() => verify(wrong + material.slice(1)), "TUF_KEY", /not 32 bytes/);
  }
  for (const bytes of [0, 1, 31, 33, 48]) {
    refused(() => verify("1f".repeat(bytes)), "TUF_KEY", /not 32 bytes/);
  }
});

test("RFC 8032, 5.1.7: a signature of another length verifies nothing, nor does anything under no point of the curve", async () => {
  const message = utf8("message");
  const signature = await ONLINE.sign(message);
  assert.ok(ONLINE.publicKey.verify(message, signature));
  for (const wrong of [signature.subarray(0, 63), Buffer.concat([signature, Buffer.of(0)]), new Uint8Array(0)]) {
    assert.equal(ONLINE.publicKey.verify(message, wrong), false);
  }
  for (let y = 2; y < 40; y += 1) {
    const key = ed25519(Buffer.from([y, ...new Uint8Array(31)]).toString("hex"));
    assert.equal(key.verify(message, signature), false, String(y));
    assert.equal(key.verify(message, new Uint8Array(64)), false, String(y));
  }
});

/** A key of which only size and exponent matter. */
function rsaPem(bits: number, exponent: bigint): string {
  const number = (value: bigint): string => {
    const hex = value.toString(16);
    return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
  };
  const jwk = { kty: "RSA", n: number(2n ** BigInt(bits - 1) + 12345n), e: number(exponent) };
  return createPublicKey({ key: jwk, format: "jwk" }).export({ format: "pem", type: "spki" }).toString();
}

const rsa = (bits: number, exponent = 65_537n): PublicKey => read("rsa", "rsassa-pss-sha256", rsaPem(bits, exponent));

test("an RSA key has 2,048 to 8,192 bits", () => {
  for (const bits of [2048, MAX_RSA_BITS]) assert.equal(rsa(bits).keyType, "rsa");
  assert.equal(MAX_RSA_BITS, 8192);
  for (const bits of [2047, MAX_RSA_BITS + 1]) refused(() => rsa(bits), "TUF_KEY", /bits, not 2048 to 8192$/);
});

test("an RSA exponent is odd, at least 3 and below 2^31, as Go demands it", () => {
  for (const exponent of [3n, 2n ** 31n - 1n]) assert.equal(rsa(2048, exponent).keyType, "rsa");
  for (const exponent of [1n, 4n, 2n ** 31n + 1n]) {
    refused(() => rsa(2048, exponent), "TUF_KEY", /exponent that is even or out of range$/);
  }
});

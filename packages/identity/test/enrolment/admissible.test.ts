import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { jsonObject, publicKeyOf, type JsonObject } from "@countermark/tuf";
import { readLoginKey, readReleaseKey } from "@countermark/identity";
import { code } from "../support/identities.ts";

function rsa(modulusLength: number, publicExponent = 0x10001): KeyObject {
  return generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey;
}

function ec(namedCurve: string): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).publicKey;
}

function pem(key: KeyObject): string {
  return key.export({ format: "pem", type: "spki" }).toString();
}

function keyJson(keytype: string, scheme: string, material: string, more: object = {}): JsonObject {
  return jsonObject({ keytype, scheme, keyval: { public: material }, ...more });
}

const ED25519 = generateKeyPairSync("ed25519").publicKey;
const P256 = ec("P-256");
const RSA = rsa(3072);
const HEX = ED25519.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");

for (const [name, key] of Object.entries({ ED25519, P256, RSA })) {
  test(`${name}: a release key in our own spelling is read`, () => {
    const { json, keyId, identity } = publicKeyOf(key);
    assert.equal(readReleaseKey(json).keyId, keyId);
    assert.equal(readReleaseKey(json).identity, identity);
  });
}

test("a login key is Ed25519 and nothing else", () => {
  assert.equal(readLoginKey(publicKeyOf(ED25519).json).scheme, "ed25519");
  for (const key of [P256, RSA])
    assert.throws(() => readLoginKey(publicKeyOf(key).json), code("IDENTITY_KEY", /Ed25519/));
});

const WITH_STRAY_BIT = "ee".padEnd(62, "f") + "7f";
const REFUSED: [string, () => JsonObject, RegExp][] = [
  ["RSA of 2,048 bits", () => publicKeyOf(rsa(2048)).json, /2048 bits, fewer than 3072/],
  ["RSA with exponent 3", () => publicKeyOf(rsa(3072, 3)).json, /exponent/],
  ["P-384", () => publicKeyOf(ec("P-384")).json, /do not sign releases/],
  ["secp256k1", () => keyJson("ecdsa", "ecdsa-sha2-nistp256", pem(ec("secp256k1"))), /uncompressed point/],
  ["an Ed25519 key in capitals", () => keyJson("ed25519", "ed25519", HEX.toUpperCase()), /one form/],
  ["an Ed25519 key in PEM", () => keyJson("ed25519", "ed25519", pem(ED25519)), /./],
  ["a P-256 key in hex", () => keyJson("ecdsa", "ecdsa-sha2-nistp256", pointHex(P256)), /./],
  [
    "a P-256 point off the curve",
    () => keyJson("ecdsa", "ecdsa-sha2-nistp256", `04${"11".repeat(64)}`),
    /not on its curve/,
  ],
  ["the point at infinity", () => keyJson("ecdsa", "ecdsa-sha2-nistp256", "00"), /uncompressed point/],
  ["the old name of ECDSA", () => keyJson("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", pem(P256)), /one form/],
  [
    "PEM with Windows line ends",
    () => keyJson("ecdsa", "ecdsa-sha2-nistp256", pem(P256).replaceAll("\n", "\r\n")),
    /one form/,
  ],
  ["PEM with space behind it", () => keyJson("rsa", "rsassa-pss-sha256", `${pem(RSA)}\n`), /one form/],
  [
    "RSA as PKCS #1",
    () => keyJson("rsa", "rsassa-pss-sha256", RSA.export({ format: "pem", type: "pkcs1" }).toString()),
    /one form/,
  ],
  ["a member more", () => keyJson("ed25519", "ed25519", HEX, { "x-extra": 1 }), /one form/],
  ["y not below p", () => keyJson("ed25519", "ed25519", WITH_STRAY_BIT), /canonical/],
  ["no key", () => jsonObject({}), /./],
  ["an unknown scheme", () => keyJson("sphincs", "sphincs", HEX), /not supported/],
];
for (const [what, json, message] of REFUSED) {
  test(`refuses ${what}`, () => {
    assert.throws(() => readReleaseKey(json()), code("IDENTITY_KEY", message));
  });
}

function pointHex(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).subarray(-65).toString("hex");
}

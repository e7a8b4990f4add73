import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import {
  computeKeyId,
  ed25519PublicKey,
  ed25519Signer,
  generateEd25519,
  jsonObject,
  readPublicKey,
  type PublicKey,
} from "@countermark/tuf";
import { refused, sha256, utf8 } from "../support/repository.ts";

/** RFC 8032, 7.1, test 2: a message of one byte. */
const RFC = {
  seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  message: Uint8Array.of(0x72),
  signature:
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
};

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

function read(material: string): PublicKey {
  return readPublicKey("id", jsonObject({ keytype: "ed25519", scheme: "ed25519", keyval: { public: material } }));
}

test("signs and verifies the vector of RFC 8032, 7.1", async () => {
  const signer = ed25519Signer(bytes(RFC.seed));
  assert.equal(Buffer.from(await signer.sign(RFC.message)).toString("hex"), RFC.signature);
  assert.ok(read(RFC.key).verify(RFC.message, bytes(RFC.signature)));
  assert.ok(!read(RFC.key).verify(Uint8Array.of(0x73), bytes(RFC.signature)));
});

test("the identity is the SHA-256 of the 32 bytes, whatever the spelling (hex of either case, PEM)", () => {
  const pem = createPublicKey({
    key: Buffer.concat([bytes("302a300506032b6570032100"), bytes(RFC.key)]),
    format: "der",
    type: "spki",
  }).export({ format: "pem", type: "spki" });
  for (const material of [RFC.key, RFC.key.toUpperCase(), pem.toString()]) {
    assert.equal(read(material).identity, sha256(bytes(RFC.key)));
    assert.ok(read(material).verify(RFC.message, bytes(RFC.signature)));
  }
  assert.equal(ed25519PublicKey(bytes(RFC.key)).identity, sha256(bytes(RFC.key)));
});

test("the key id is securesystemslib's: SHA-256 of the canonical key object (TUF 4.2)", () => {
  const canonical = `{"keytype":"ed25519","keyval":{"public":"${RFC.key}"},"scheme":"ed25519"}`;
  const key = ed25519PublicKey(bytes(RFC.key));
  assert.equal(key.keyId, sha256(utf8(canonical)));
  assert.equal(computeKeyId(key.json), key.keyId);
});

/** Every canonical encoding of a point of small order, with both sign bits, from "Taming the many EdDSAs" (Chalkias et al., 2020). */
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];
for (const key of SMALL_ORDER) {
  test(`refuses the key of small order ${key.slice(0, 8)}…${key.slice(-2)}, in capitals too`, () => {
    refused(() => read(key), "TUF_KEY", /small order/);
    refused(() => read(key.toUpperCase()), "TUF_KEY", /small order/);
    refused(() => ed25519PublicKey(bytes(key)), "TUF_KEY", /small order/);
  });
}

for (const low of ["ed", "ee", "f0", "ff"]) {
  for (const high of ["7f", "ff"]) {
    test(`refuses the non-canonical encoding ${low}ff…ff${high} (RFC 8032, 5.1.3)`, () => {
      refused(() => read(`${low}${"ff".repeat(30)}${high}`), "TUF_KEY", /not canonically encoded/);
    });
  }
}

test("encodings just below p are canonical: no key is refused without need", () => {
  for (const key of [`eb${"ff".repeat(30)}7f`, `ff${"ff".repeat(29)}fe7f`, `ff${"ff".repeat(30)}7e`]) {
    assert.equal(read(key).identity, sha256(bytes(key)));
  }
});

for (const [what, material] of [
  ["31 bytes", RFC.key.slice(2)],
  ["33 bytes", `${RFC.key}00`],
  ["nothing", ""],
  ["63 hex digits", RFC.key.slice(1)],
  ["what is not hex", `zz${RFC.key.slice(2)}`],
  ["hex with a line break", `${RFC.key.slice(1)}\n`],
  [
    "a PEM of another kind",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n",
  ],
  ["a cut PEM", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw\n"],
] as const) {
  test(`refuses ${what} as a key`, () => {
    refused(() => read(material), "TUF_KEY", /./);
  });
}

test("a signature of another length, or under bytes that are no point, does not verify and does not throw", () => {
  assert.ok(!read(RFC.key).verify(RFC.message, bytes(RFC.signature).subarray(1)));
  assert.ok(!read(RFC.key).verify(RFC.message, new Uint8Array()));
  assert.ok(!read(`02${"00".repeat(31)}`).verify(RFC.message, bytes(RFC.signature)));
});

test("the key object keeps what it held and what is not known", () => {
  const json = jsonObject({ keytype: "ed25519", scheme: "ed25519", keyval: { public: RFC.key, x: 1 }, "x-owner": "a" });
  assert.equal(readPublicKey("any label", json).json, json);
  assert.equal(readPublicKey("any label", json).keyId, "any label");
});

test("a generated key signs for itself", async () => {
  const { seed, signer } = generateEd25519();
  assert.equal(ed25519Signer(seed).publicKey.keyId, signer.publicKey.keyId);
  assert.ok(signer.publicKey.verify(RFC.message, await signer.sign(RFC.message)));
});

test("refuses a seed of another length", () => {
  refused(() => ed25519Signer(new Uint8Array(31)), "TUF_KEY", /32 bytes, not 31/);
});

import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { test } from "node:test";
import {
  computeKeyId,
  jsonObject,
  keyObjectSigner,
  publicKeyOf,
  readPublicKey,
  signMetadata,
  TrustedSet,
  type PlainJson,
  type PublicKey,
} from "@countermark/tuf";
import { NOW, refused, roleOf, rootOf, utf8 } from "../support/repository.ts";

const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const MESSAGE = utf8("message");

function pemOf(key: KeyObject): string {
  return key.export({ format: "pem", type: "spki" }).toString();
}

function pointOf(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}

function read(keytype: string, scheme: string, material: PlainJson): PublicKey {
  return readPublicKey("id", jsonObject({ keytype, scheme, keyval: { public: material } }));
}

function pem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`;
}

for (const [scheme, keys, hash] of [
  ["ecdsa-sha2-nistp256", p256, "sha256"],
  ["ecdsa-sha2-nistp384", p384, "sha384"],
] as const) {
  const material = pemOf(keys.publicKey);
  const hex = pointOf(keys.publicKey).toString("hex");
  const signature = sign(hash, MESSAGE, { key: keys.privateKey, dsaEncoding: "der" });

  for (const [form, text] of [
    ["PEM (securesystemslib, go-tuf)", material],
    ["PEM without the last line break", material.trimEnd()],
    ["PEM with CRLF", material.replaceAll("\n", "\r\n")],
    ["hex of the point (tuf-js, sigstore)", hex],
  ] as const) {
    for (const keytype of ["ecdsa", scheme]) {
      test(`${scheme} as ${form} with key type ${keytype}`, () => {
        const key = read(keytype, scheme, text);
        assert.equal(key.keyType, keytype);
        assert.equal(key.identity, createHash("sha256").update(pointOf(keys.publicKey)).digest("hex"));
        assert.ok(key.verify(MESSAGE, signature));
        assert.ok(!key.verify(utf8("other"), signature));
        assert.ok(!key.verify(MESSAGE, signature.subarray(0, -1)));
        assert.ok(!key.verify(MESSAGE, new Uint8Array()));
      });
    }
  }

  test(`${scheme}: a signature as r and s without DER is not one (TUF 4.2)`, () => {
    const raw = sign(hash, MESSAGE, { key: keys.privateKey, dsaEncoding: "ieee-p1363" });
    assert.ok(!read("ecdsa", scheme, material).verify(MESSAGE, raw));
  });

  for (const [what, text] of [
    [
      "a compressed point, which Go does not read",
      (2 + ((pointOf(keys.publicKey).at(-1) ?? 0) % 2)).toString(16).padStart(2, "0") +
        hex.slice(2, 1 + hex.length / 2),
    ],
    ["a hybrid point", `06${hex.slice(2)}`],
    ["a point that is not on the curve", `${hex.slice(0, -2)}${hex.endsWith("00") ? "01" : "00"}`],
    ["a point with a byte more", `${hex}00`],
    ["an Ed25519 key", pemOf(generateKeyPairSync("ed25519").publicKey)],
    ["the key of the other curve", pemOf((keys === p256 ? p384 : p256).publicKey)],
    ["a private key", p256.privateKey.export({ format: "pem", type: "pkcs8" }).toString()],
    ["two PEM blocks", material + material],
    ["text before the PEM", `x\n${material}`],
    ["PEM of broken base64", material.replace("-\n", "-\n=")],
  ] as const) {
    test(`${scheme}: refuses ${what}`, () => {
      refused(() => read("ecdsa", scheme, text), "TUF_KEY", /./);
    });
  }
}

test("RSA: PSS with SHA-256 and any salt length verifies; PKCS #1 v1.5 and another hash do not", () => {
  const key = read("rsa", "rsassa-pss-sha256", pemOf(rsa.publicKey));
  const pss = { key: rsa.privateKey, padding: 6 };
  for (const saltLength of [0, 20, 32, 222])
    assert.ok(key.verify(MESSAGE, sign("sha256", MESSAGE, { ...pss, saltLength })));
  assert.ok(!key.verify(utf8("other"), sign("sha256", MESSAGE, { ...pss, saltLength: 32 })));
  assert.ok(!key.verify(MESSAGE, sign("sha384", MESSAGE, { ...pss, saltLength: 32 })));
  assert.ok(!key.verify(MESSAGE, sign("sha256", MESSAGE, rsa.privateKey)));
  assert.ok(!key.verify(MESSAGE, new Uint8Array()));
});

test("RSA: one key in SubjectPublicKeyInfo and in PKCS #1 has one identity", () => {
  const pkcs1 = rsa.publicKey.export({ format: "pem", type: "pkcs1" }).toString();
  const identity = createHash("sha256")
    .update(rsa.publicKey.export({ format: "der", type: "pkcs1" }))
    .digest("hex");
  assert.equal(read("rsa", "rsassa-pss-sha256", pemOf(rsa.publicKey)).identity, identity);
  assert.equal(read("rsa", "rsassa-pss-sha256", pkcs1).identity, identity);
});

/** A BIT STRING or INTEGER may say its length in more bytes than it needs; DER allows one way only. */
function longLength(der: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x83, 0x00), der.subarray(2)]);
}

for (const [what, material, message = /RSA key|one block of PEM/] of [
  ["1,024 bits", () => pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)],
  ["hex", () => rsa.publicKey.export({ format: "der", type: "spki" }).toString("hex")],
  ["a key for PSS alone", () => pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey)],
  ["an ECDSA key", () => pemOf(p256.publicKey), /another kind of key/],
  ["lengths in BER", () => pem("PUBLIC KEY", longLength(rsa.publicKey.export({ format: "der", type: "spki" })))],
  [
    "bytes behind the key",
    () => pem("PUBLIC KEY", Buffer.concat([rsa.publicKey.export({ format: "der", type: "spki" }), Buffer.of(0)])),
  ],
  ["what is no DER", () => pem("PUBLIC KEY", Buffer.from("nonsense")), /holds no key/],
  ["a certificate", () => pemOf(rsa.publicKey).replaceAll("PUBLIC KEY", "CERTIFICATE")],
  ["labels that differ", () => pemOf(rsa.publicKey).replace("END PUBLIC KEY", "END RSA PUBLIC KEY")],
  ["more text than a key has", () => pem("PUBLIC KEY", Buffer.alloc(4096))],
  [
    "an even exponent",
    () => pemOf(createPublicKey({ key: { ...rsa.publicKey.export({ format: "jwk" }), e: "BAAA" }, format: "jwk" })),
  ],
  [
    "the exponent 1",
    () => pemOf(createPublicKey({ key: { ...rsa.publicKey.export({ format: "jwk" }), e: "AQ" }, format: "jwk" })),
  ],
] as const) {
  test(`RSA: refuses ${what}`, () => {
    refused(() => read("rsa", "rsassa-pss-sha256", material()), "TUF_KEY", message);
  });
}

for (const [keytype, scheme] of [
  ["ed25519", "rsassa-pss-sha256"],
  ["rsa", "ed25519"],
  ["rsa", "rsa-pkcs1v15-sha256"],
  ["rsa", "rsassa-pss-sha512"],
  ["ecdsa", "ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"],
  ["ecdsa", "ecdsa-sha2-nistp521"],
  ["sigstore-oidc", "Fulcio"],
  ["__proto__", "constructor"],
] as const) {
  test(`refuses type ${keytype} with scheme ${scheme}`, () => {
    refused(() => read(keytype, scheme, pemOf(rsa.publicKey)), "TUF_UNSUPPORTED", /not supported/);
  });
}

for (const [what, json] of [
  ["without keytype", { scheme: "ed25519", keyval: { public: "" } }],
  ["without scheme", { keytype: "ed25519", keyval: { public: "" } }],
  ["without keyval", { keytype: "ed25519", scheme: "ed25519" }],
  ["with a keyval that is text", { keytype: "ed25519", scheme: "ed25519", keyval: "" }],
  ["without a public key", { keytype: "ed25519", scheme: "ed25519", keyval: {} }],
  ["with a public key that is a number", { keytype: "ed25519", scheme: "ed25519", keyval: { public: 1 } }],
] as const) {
  test(`refuses a key object ${what}`, () => {
    refused(() => readPublicKey("id", jsonObject(json)), "TUF_FORMAT", /missing or not/);
  });
}

for (const [what, keys] of [
  ["P-256", p256],
  ["P-384", p384],
  ["RSA", rsa],
  ["Ed25519", generateKeyPairSync("ed25519")],
] as const) {
  test(`a key object of node:crypto signs metadata: ${what}`, async () => {
    const signer = keyObjectSigner(keys.privateKey);
    const { publicKey } = signer;
    assert.equal(publicKey.keyId, computeKeyId(publicKey.json));
    assert.equal(publicKeyOf(keys.publicKey).identity, publicKey.identity);
    const role = roleOf(signer);
    const root = rootOf({ keys: [publicKey], roles: { root: role, targets: role, snapshot: role, timestamp: role } });
    const set = TrustedSet.open(await signMetadata(root, [signer]), NOW);
    assert.equal(set.root.signed.keys.get(publicKey.keyId)?.identity, publicKey.identity);
  });
}

test("key objects of other kinds are refused", () => {
  refused(() => publicKeyOf(generateKeyPairSync("x25519").publicKey), "TUF_UNSUPPORTED", /x25519/);
  refused(() => publicKeyOf(generateKeyPairSync("ec", { namedCurve: "secp521r1" }).publicKey), "TUF_UNSUPPORTED", /ec/);
  refused(() => publicKeyOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey), "TUF_KEY", /1024 bits/);
});

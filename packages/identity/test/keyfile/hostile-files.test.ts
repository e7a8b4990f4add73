import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  IdentityError,
  identityOfKeyFile,
  MAX_KEY_FILE_BYTES,
  openKeyFileIdentity,
  SecretBytes,
} from "@countermark/identity";
import { MAX_BCRYPT_ROUNDS } from "../../src/keyfile/openssh-cipher.ts";
import { ed25519KeyObject } from "../../src/keys/key-handle.ts";
import { sshString, sshUint32 } from "../../src/ssh/writer.ts";
import { folder, run } from "../support/commands.ts";
import { ACCOUNT, code, utf8 } from "../support/identities.ts";

const SEED = Buffer.alloc(32, 7);

function publicOf(seed: Buffer): Buffer {
  using secret = SecretBytes.take(Buffer.from(seed));
  return createPublicKey(ed25519KeyObject(secret)).export({ format: "der", type: "spki" }).subarray(-32);
}

interface Parts {
  readonly magic: string;
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Buffer;
  readonly keys: number;
  readonly outside: Buffer;
  readonly check: number;
  readonly inside: Buffer;
  readonly privateHalf: Buffer;
  readonly padding: readonly number[];
  readonly after: Buffer;
}

/** An OpenSSH key file in the format of PROTOCOL.key, with any part of it changed. */
function opensshFile(change: Partial<Parts> = {}): Buffer {
  const own = publicOf(SEED);
  const parts: Parts = {
    magic: "openssh-key-v1\0",
    cipher: "none",
    kdf: "none",
    kdfOptions: Buffer.alloc(0),
    keys: 1,
    outside: Buffer.concat([sshString("ssh-ed25519"), sshString(own)]),
    check: 1,
    inside: own,
    privateHalf: Buffer.concat([SEED, own]),
    padding: [1, 2, 3],
    after: Buffer.alloc(0),
    ...change,
  };
  const section = [
    sshUint32(1),
    sshUint32(parts.check),
    ...["ssh-ed25519", parts.inside, parts.privateHalf, "comment"].map(sshString),
    Buffer.from(parts.padding),
  ];
  const all = [
    Buffer.from(parts.magic),
    ...[parts.cipher, parts.kdf, parts.kdfOptions].map(sshString),
    sshUint32(parts.keys),
    sshString(parts.outside),
    sshString(Buffer.concat(section)),
    parts.after,
  ];
  return armoured(Buffer.concat(all));
}

function armoured(bytes: Buffer): Buffer {
  const base64 = bytes.toString("base64");
  return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----\n`);
}

test("the control: our own file in the format of OpenSSH is read", () => {
  using identity = identityOfKeyFile(opensshFile(), ACCOUNT);
  assert.equal(identity.publicKeys.release.scheme, "ed25519");
});

const OTHER = publicOf(Buffer.alloc(32, 8));
const BCRYPT = Buffer.concat([sshString(Buffer.alloc(16)), sshUint32(1)]);
const HOSTILE: [string, Partial<Parts>, RegExp][] = [
  ["another format", { magic: "openssh-key-v2\0" }, /no OpenSSH key/],
  ["two keys", { keys: 2 }, /more or less than one key/],
  ["no key", { keys: 0 }, /more or less than one key/],
  [
    "another public key in clear",
    { outside: Buffer.concat([sshString("ssh-ed25519"), sshString(OTHER)]) },
    /not that of its private/,
  ],
  ["another public key inside", { inside: OTHER }, /not that of its private/],
  ["another public key behind the seed", { privateHalf: Buffer.concat([SEED, OTHER]) }, /not that of its private/],
  ["another type in clear", { outside: Buffer.concat([sshString("ssh-rsa"), sshString(OTHER)]) }, /two kinds/],
  ["two check numbers", { check: 2 }, /damaged/],
  ["padding that is none", { padding: [1, 3] }, /damaged/],
  ["bytes behind it", { after: Buffer.from([0]) }, /goes on/],
  ["a short seed", { privateHalf: Buffer.alloc(3) }, /./],
];
for (const [what, change, message] of HOSTILE) {
  test(`refuses an OpenSSH file with ${what}`, () => {
    assert.throws(
      () => identityOfKeyFile(opensshFile(change), ACCOUNT),
      (error) => {
        assert.ok(error instanceof IdentityError);
        assert.ok(["IDENTITY_KEY_FILE", "IDENTITY_KEY"].includes(error.code), error.code);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("an impossible cost or salt of bcrypt is refused", () => {
  for (const kdfOptions of [
    Buffer.concat([sshString(""), sshUint32(1)]),
    Buffer.concat([sshString(Buffer.alloc(16)), sshUint32(0)]),
    Buffer.concat([sshString(Buffer.alloc(65)), sshUint32(1)]),
    Buffer.concat([BCRYPT, Buffer.from([0])]),
    Buffer.concat([sshString(Buffer.alloc(16)), sshUint32(MAX_BCRYPT_ROUNDS + 1)]),
    Buffer.concat([sshString(Buffer.alloc(16)), sshUint32(0xffffffff)]),
    Buffer.alloc(0),
  ]) {
    const file = opensshFile({ cipher: "aes256-ctr", kdf: "bcrypt", kdfOptions });
    assert.throws(() => identityOfKeyFile(file, ACCOUNT, utf8("x")), code("IDENTITY_KEY_FILE"));
  }
  const block = opensshFile({ cipher: "aes256-cbc", kdf: "bcrypt", kdfOptions: BCRYPT });
  assert.throws(() => identityOfKeyFile(block, ACCOUNT, utf8("x")), code("IDENTITY_UNLOCK"));
});

test("whatever byte of a file is changed or cut off, it is a refusal with a code or the same key", () => {
  const file = Buffer.from(opensshFile().toString().split("\n")[1] ?? "", "base64");
  using control = identityOfKeyFile(opensshFile(), ACCOUNT);
  const change = fc.record({ at: fc.nat(file.length - 1), byte: fc.nat(255), cut: fc.boolean() });
  fc.assert(
    fc.property(change, ({ at, byte, cut }) => {
      const changed = Buffer.from(cut ? file.subarray(0, at) : file);
      if (!cut) changed[at] = byte;
      try {
        using identity = identityOfKeyFile(armoured(changed), ACCOUNT);
        assert.equal(identity.publicKeys.release.identity, control.publicKeys.release.identity);
      } catch (error) {
        assert.ok(error instanceof IdentityError, String(error));
      }
    }),
  );
});

test("any bytes are a refusal with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.throws(() => identityOfKeyFile(bytes, ACCOUNT), IdentityError);
      assert.throws(() => identityOfKeyFile(armoured(Buffer.from(bytes)), ACCOUNT), IdentityError);
    }),
  );
});

test("keys that sign, but no roles of ours, are refused by what they are", () => {
  const unfit = [
    generateKeyPairSync("ed448"),
    generateKeyPairSync("x25519"),
    generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
    generateKeyPairSync("ec", { namedCurve: "P-384" }),
    generateKeyPairSync("rsa-pss", { modulusLength: 3072 }),
  ];
  for (const { privateKey } of unfit) {
    const pem = privateKey.export({ format: "pem", type: "pkcs8" });
    assert.throws(() => identityOfKeyFile(Buffer.from(pem), ACCOUNT), code("IDENTITY_KEY"));
  }
});

test("other tools' files are recognised", () => {
  const hints = { "PuTTY-User-Key-File-3: ssh-ed25519\n": /puttygen/, "ssh-ed25519 AAAA": /public half/, x: /OpenSSH/ };
  for (const [text, hint] of Object.entries(hints)) {
    assert.throws(() => identityOfKeyFile(utf8(text), ACCOUNT), { code: "IDENTITY_KEY_FILE", hint });
  }
});

test("no error about an encrypted or a damaged file says a word of what is in it", () => {
  const secret = "sEcReT-cOnTeNt";
  const files = [`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`, secret];
  for (const file of files) {
    assert.throws(
      () => identityOfKeyFile(utf8(file), ACCOUNT, utf8(secret)),
      (error: Error) => {
        assert.ok(!`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`.includes(secret));
        return true;
      },
    );
  }
});

test("a file that others may read is refused, and one that is none, or huge, or not there", async (t) => {
  const at = (name: string) => join(folder(t), name);
  const path = at("key");
  writeFileSync(path, opensshFile(), { mode: 0o600 });
  (await openKeyFileIdentity(path, ACCOUNT)).close();
  const link = at("link");
  symlinkSync(path, link);
  (await openKeyFileIdentity(link, ACCOUNT)).close();
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(path, mode);
    await assert.rejects(openKeyFileIdentity(path, ACCOUNT), code("IDENTITY_FILE", /others may read/));
  }
  const huge = at("huge");
  writeFileSync(huge, Buffer.alloc(MAX_KEY_FILE_BYTES + 1), { mode: 0o600 });
  await assert.rejects(openKeyFileIdentity(huge, ACCOUNT), code("IDENTITY_FILE", /larger/));
  await assert.rejects(openKeyFileIdentity("/dev/zero", ACCOUNT), code("IDENTITY_FILE", /no regular file/));
  await assert.rejects(openKeyFileIdentity(folder(t), ACCOUNT), code("IDENTITY_FILE"));
  await assert.rejects(openKeyFileIdentity(at("absent"), ACCOUNT), code("IDENTITY_FILE", /cannot open/));
  const pipe = at("pipe");
  run("mkfifo", ["-m", "600", pipe]);
  await assert.rejects(openKeyFileIdentity(pipe, ACCOUNT), code("IDENTITY_FILE", /no regular file/));
});

import assert from "node:assert/strict";
import { constants, createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { approvalKeyOf, readApprovalKey } from "@countermark/identity";
import { SshReader } from "../../src/ssh/reader.ts";
import { ecdsaSignatureOf, releaseKeyOf, tufSignatureOf } from "../../src/ssh/release-key.ts";
import { sshString, sshUint32 } from "../../src/ssh/writer.ts";
import { code, hex, utf8 } from "../support/identities.ts";

function bytes(text: string): Buffer {
  return Buffer.from(text, "hex");
}

test("reads the examples of RFC 4251, 5", () => {
  const examples: [string, string][] = [
    ["00000000", ""],
    ["0000000809a378f9b2e332a7", "09a378f9b2e332a7"],
    ["000000020080", "80"],
  ];
  for (const [encoded, magnitude] of examples) assert.equal(hex(new SshReader(bytes(encoded)).mpint()), magnitude);
  for (const wrong of ["00000002edcc", "0000000100", "000000020001", "00000001"]) {
    assert.throws(() => new SshReader(bytes(wrong)).mpint(), code("IDENTITY_SSH"), wrong);
  }
  assert.equal(new SshReader(bytes("29b7f4aa")).uint32(), 699921578);
});

test("a name is printable ASCII of at most 64 characters", () => {
  assert.equal(new SshReader(sshString("ssh-ed25519")).name(), "ssh-ed25519");
  for (const wrong of ["", "a b", "a\0", "é", "a".repeat(65)]) {
    assert.throws(() => new SshReader(sshString(wrong)).name(), code("IDENTITY_SSH"));
  }
});

test("ECDSA: the numbers of SSH in DER, with and without a sign's zero, padded and short", () => {
  const cases: [string, string, string][] = [
    ["01", "02", "3006020101020102"],
    ["0080", "7f", "300702020080" + "02017f"],
    ["00" + "ff".repeat(32), "01", `3026022100${"ff".repeat(32)}020101`],
  ];
  for (const [r, s, der] of cases) {
    const content = Buffer.concat([sshString(bytes(r)), sshString(bytes(s))]);
    assert.equal(hex(ecdsaSignatureOf(content)), der);
  }
  for (const [r, s] of [
    ["", "01"],
    ["01", ""],
    ["01".repeat(33), "01"],
    ["ff", "01"],
    ["0001", "01"],
  ] as const) {
    const content = Buffer.concat([sshString(bytes(r)), sshString(bytes(s))]);
    assert.throws(() => ecdsaSignatureOf(content), code("IDENTITY_SSH"));
  }
});

test("keys of SSH that are malformed, of small order or off the curve are refused", () => {
  const ed25519 = (raw: string) => Buffer.concat([sshString("ssh-ed25519"), sshString(bytes(raw))]);
  const p256 = (curve: string, point: string) =>
    Buffer.concat([sshString("ecdsa-sha2-nistp256"), sshString(curve), sshString(bytes(point))]);
  const wrong = [
    ed25519("01".padEnd(64, "0")),
    ed25519("00".repeat(31)),
    ed25519("ee".padEnd(62, "f") + "7f"),
    Buffer.concat([ed25519("22".repeat(32)), Buffer.from([0])]),
    p256("nistp384", `04${"11".repeat(64)}`),
    p256("nistp256", `04${"11".repeat(64)}`),
    p256("nistp256", `02${"11".repeat(32)}`),
    p256("nistp256", "00"),
    Buffer.alloc(3),
  ];
  for (const blob of wrong) assert.throws(() => releaseKeyOf(blob), code("IDENTITY_SSH"), hex(blob));
  assert.equal(releaseKeyOf(sshString("ssh-ed25519-cert-v01@openssh.com")), undefined);
});

test("a signature of another type than its key is refused", () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const key = releaseKeyOf(Buffer.concat([sshString("ssh-ed25519"), sshString(raw)]));
  assert.ok(key !== undefined);
  const signature = Buffer.concat([sshString("ecdsa-sha2-nistp256"), sshString(Buffer.alloc(64))]);
  assert.throws(() => tufSignatureOf(signature, key), code("IDENTITY_SSH", /another type/));
});

function rsaBlob(e: Buffer, n: Buffer): Buffer {
  return Buffer.concat([sshString("ssh-rsa"), sshString(e), sshString(n)]);
}

test("RSA approves with SHA-2 only, and only at full length", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 3072 });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const modulus = Buffer.from(n, "base64url");
  const key = approvalKeyOf(rsaBlob(Buffer.from(e, "base64url"), Buffer.concat([Buffer.alloc(1), modulus])));
  assert.ok(key?.type === "ssh-rsa" && key.application === undefined);
  const message = utf8("a message");
  const signed = (name: string, hash: string, padding: number) =>
    Buffer.concat([sshString(name), sshString(sign(hash, message, { key: privateKey, padding }))]);
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants;
  assert.equal(key.check(message, signed("rsa-sha2-512", "sha512", RSA_PKCS1_PADDING)), "rsa");
  assert.equal(key.check(message, signed("rsa-sha2-256", "sha256", RSA_PKCS1_PADDING)), "rsa");
  assert.equal(key.check(message, signed("rsa-sha2-256", "sha512", RSA_PKCS1_PADDING)), undefined);
  assert.equal(key.check(message, signed("rsa-sha2-256", "sha256", RSA_PKCS1_PSS_PADDING)), undefined);
  assert.equal(key.check(message, signed("ssh-rsa", "sha1", RSA_PKCS1_PADDING)), undefined);
  assert.equal(key.check(utf8("another"), signed("rsa-sha2-512", "sha512", RSA_PKCS1_PADDING)), undefined);
  const short = Buffer.concat([sshString("rsa-sha2-256"), sshString(Buffer.alloc(383))]);
  assert.equal(key.check(message, short), undefined);
});

test("RSA keys that are weak, huge, or have an odd exponent out of range are refused", () => {
  const modulus = (bits: number) => Buffer.concat([Buffer.alloc(1), Buffer.alloc(bits / 8, 0xc3)]);
  const wrong: [string, number][] = [
    ["010001", 2048],
    ["010001", 3064],
    ["010001", 8200],
    ["03", 3072],
    ["010002", 3072],
    ["", 3072],
  ];
  for (const [e, bits] of wrong)
    assert.throws(() => approvalKeyOf(rsaBlob(bytes(e), modulus(bits))), code("IDENTITY_SSH"));
  assert.ok(approvalKeyOf(rsaBlob(bytes("010001"), modulus(3072))) !== undefined);
});

/** PROTOCOL.u2f by hand: a key in this process that signs as an authenticator does. */
function fidoKey(application: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const blob = Buffer.concat([sshString("sk-ssh-ed25519@openssh.com"), sshString(raw), sshString(application)]);
  const sha256 = (data: Uint8Array | string) => createHash("sha256").update(data).digest();
  const signAs = (message: Uint8Array, flags: number, counter: number, claimed = application) => {
    const signed = Buffer.concat([sha256(claimed), Buffer.from([flags]), sshUint32(counter), sha256(message)]);
    const signature = sign(null, signed, privateKey);
    assert.ok(verify(null, signed, publicKey, signature));
    return Buffer.concat([
      sshString("sk-ssh-ed25519@openssh.com"),
      sshString(signature),
      Buffer.from([flags]),
      sshUint32(counter),
    ]);
  };
  return { blob, signAs };
}

test("FIDO: presence, verification and counter are what was signed; another application's signature is nothing", () => {
  const { blob, signAs } = fidoKey("ssh:work");
  const key = approvalKeyOf(blob);
  assert.ok(key !== undefined);
  const message = utf8("a message");
  assert.deepEqual(key.check(message, signAs(message, 1, 7)), { userVerified: false, counter: 7 });
  assert.deepEqual(key.check(message, signAs(message, 5, 0)), { userVerified: true, counter: 0 });
  for (const flags of [0, 4]) assert.equal(key.check(message, signAs(message, flags, 7)), undefined);
  assert.equal(key.check(message, signAs(message, 1, 7, "ssh:")), undefined);
  assert.equal(key.check(utf8("another"), signAs(message, 1, 7)), undefined);
  assert.equal(key.check(message, Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.alloc(64))])), undefined);
  assert.throws(
    () => key.check(message, Buffer.concat([signAs(message, 1, 7), Buffer.alloc(1)])),
    code("IDENTITY_SSH"),
  );
});

test("a FIDO key that was made for a web site does not approve", () => {
  for (const application of ["https://bank.example", "", "ssh:\n", `ssh:${"x".repeat(200)}`]) {
    assert.throws(() => approvalKeyOf(fidoKey(application).blob), code("IDENTITY_SSH", /not made for SSH/));
  }
});

test("a line of a .pub file: its type is its blob's, and nothing stands around it", () => {
  const { blob } = fidoKey("ssh:");
  const line = `sk-ssh-ed25519@openssh.com ${blob.toString("base64")} somebody's key\n`;
  assert.deepEqual(Buffer.from(readApprovalKey(line).blob), blob);
  const wrong = [
    "",
    "ssh-ed25519 AAAA",
    line.replace("sk-ssh-ed25519@", "sk-ecdsa-sha2-nistp256@"),
    `restrict ${line}`,
    line + line,
    "x".repeat(10_000),
  ];
  for (const each of wrong) assert.throws(() => readApprovalKey(each), code("IDENTITY_SSH"));
});

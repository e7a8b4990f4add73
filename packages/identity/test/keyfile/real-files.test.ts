import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createPublicKey } from "node:crypto";
import { makeTargets, publicKeyOf, readTargets, verifySignatures } from "@countermark/tuf";
import { openKeyFileIdentity } from "@countermark/identity";
import { folder, missing, run } from "../support/commands.ts";
import { ACCOUNT, code, utf8 } from "../support/identities.ts";

const PASSPHRASE = "größer als fünf";
const NONE = missing("ssh-keygen", "openssl");

/** Signs a role with the identity of a file and checks it under the public key that another tool has extracted. */
async function assertSigns(path: string, spkiPem: string, passphrase?: string): Promise<void> {
  using identity = await openKeyFileIdentity(path, ACCOUNT, passphrase === undefined ? undefined : utf8(passphrase));
  const expected = publicKeyOf(createPublicKey(spkiPem));
  const envelope = readTargets(await identity.signRole(makeTargets({ version: 1, expires: Date.UTC(2035, 0) })));
  const role = { keyIds: [expected.keyId], threshold: 1, unknown: new Map() };
  verifySignatures(envelope, new Map([[expected.keyId, expected]]), role, "r.p");
  assert.equal(identity.publicKeys.release.keyId, expected.keyId);
  assert.equal(identity.kind, "key-file");
}

const KINDS: [string, readonly string[]][] = [
  ["Ed25519", ["-t", "ed25519"]],
  ["P-256", ["-t", "ecdsa", "-b", "256"]],
  ["RSA-3072", ["-t", "rsa", "-b", "3072"]],
];

for (const [kind, options] of KINDS) {
  for (const passphrase of ["", PASSPHRASE]) {
    const how = passphrase === "" ? "open" : "encrypted";
    test(`${kind} of ssh-keygen in OpenSSH's format, ${how}`, { skip: NONE }, async (t) => {
      const path = join(folder(t), "key");
      const rounds = kind === "Ed25519" ? [] : ["-a", "2"];
      run("ssh-keygen", ["-q", ...options, ...rounds, "-N", passphrase, "-C", "a comment", "-f", path]);
      assert.match(readFileSync(path, "latin1"), /OPENSSH PRIVATE KEY/);
      await assertSigns(path, spkiOfSsh(path), passphrase === "" ? undefined : passphrase);
      if (passphrase === "") return;
      await assert.rejects(openKeyFileIdentity(path, ACCOUNT), code("IDENTITY_LOCKED"));
      await assert.rejects(openKeyFileIdentity(path, ACCOUNT, utf8("wrong")), code("IDENTITY_UNLOCK"));
    });
  }
}

for (const [format, passphrase] of [
  ["PEM", ""],
  ["PEM", PASSPHRASE],
  ["PKCS8", ""],
  ["PKCS8", PASSPHRASE],
] as const) {
  for (const [kind, options] of KINDS.slice(1)) {
    test(`${kind} of ssh-keygen as ${format}${passphrase === "" ? "" : ", encrypted"}`, { skip: NONE }, async (t) => {
      const path = join(folder(t), "key");
      run("ssh-keygen", ["-q", ...options, "-m", format, "-N", passphrase, "-f", path]);
      await assertSigns(path, spkiOfSsh(path), passphrase === "" ? undefined : passphrase);
      if (passphrase === "") return;
      await assert.rejects(openKeyFileIdentity(path, ACCOUNT), code("IDENTITY_LOCKED"));
      await assert.rejects(openKeyFileIdentity(path, ACCOUNT, utf8("wrong")), code("IDENTITY_UNLOCK"));
    });
  }
}

for (const cipher of ["aes256-cbc", "aes256-gcm@openssh.com"]) {
  test(`ssh-keygen -Z ${cipher}`, { skip: NONE }, async (t) => {
    const path = join(folder(t), "key");
    run("ssh-keygen", ["-q", "-t", "ed25519", "-Z", cipher, "-a", "3", "-N", PASSPHRASE, "-f", path]);
    await assertSigns(path, spkiOfSsh(path), PASSPHRASE);
    await assert.rejects(openKeyFileIdentity(path, ACCOUNT, utf8("wrong")), code("IDENTITY_UNLOCK"));
  });
}

test("a cipher that is not read is named, with the command that helps", { skip: NONE }, async (t) => {
  const path = join(folder(t), "key");
  run("ssh-keygen", ["-q", "-t", "ed25519", "-Z", "3des-cbc", "-N", PASSPHRASE, "-f", path]);
  await assert.rejects(openKeyFileIdentity(path, ACCOUNT, utf8(PASSPHRASE)), code("IDENTITY_KEY_FILE", /3des-cbc/));
});

const OPENSSL: [string, readonly string[]][] = [
  ["Ed25519, PKCS #8", ["genpkey", "-algorithm", "ed25519"]],
  ["P-256 with its parameters in front, SEC 1", ["ecparam", "-name", "prime256v1", "-genkey"]],
  ["RSA-4096, PKCS #8", ["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:4096"]],
  ["Ed25519, encrypted PKCS #8", ["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", `pass:${PASSPHRASE}`]],
];
for (const [what, args] of OPENSSL) {
  test(`openssl ${args[0] ?? ""}: ${what}`, { skip: NONE }, async (t) => {
    const path = join(folder(t), "key.pem");
    run("openssl", [...args, "-out", path]);
    run("chmod", ["600", path]);
    const passphrase = args.includes("-pass") ? PASSPHRASE : undefined;
    const pass = passphrase === undefined ? [] : ["-passin", `pass:${passphrase}`];
    await assertSigns(path, run("openssl", ["pkey", "-in", path, "-pubout", ...pass]), passphrase);
  });
}

test("one key in any format is one identity: its login key, too", { skip: NONE }, async (t) => {
  for (const [kind, options] of KINDS) {
    const path = join(folder(t), "key");
    run("ssh-keygen", ["-q", ...options, "-N", "", "-f", path]);
    using before = await openKeyFileIdentity(path, ACCOUNT);
    const format = kind === "Ed25519" ? ["-a", "2", "-N", PASSPHRASE] : ["-m", "PKCS8", "-N", PASSPHRASE];
    run("ssh-keygen", ["-q", "-p", ...format, "-f", path]);
    using after = await openKeyFileIdentity(path, ACCOUNT, utf8(PASSPHRASE));
    using elsewhere = await openKeyFileIdentity(path, { ...ACCOUNT, account: "bob" }, utf8(PASSPHRASE));
    assert.equal(after.publicKeys.login.identity, before.publicKeys.login.identity, kind);
    assert.equal(after.publicKeys.release.identity, before.publicKeys.release.identity);
    assert.notEqual(elsewhere.publicKeys.login.identity, before.publicKeys.login.identity);
  }
});

const UNFIT: [string, readonly string[], RegExp][] = [
  ["RSA of 2,048 bits", ["-t", "rsa", "-b", "2048"], /2048 bits/],
  ["P-384", ["-t", "ecdsa", "-b", "384"], /nistp384/],
];
for (const [what, options, message] of UNFIT) {
  test(`refuses ${what}`, { skip: NONE }, async (t) => {
    const path = join(folder(t), "key");
    run("ssh-keygen", ["-q", ...options, "-N", "", "-f", path]);
    await assert.rejects(openKeyFileIdentity(path, ACCOUNT), code("IDENTITY_KEY", message));
  });
}

test("the public half is recognised", { skip: NONE }, async (t) => {
  const path = join(folder(t), "key");
  run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  run("chmod", ["600", `${path}.pub`]);
  await assert.rejects(openKeyFileIdentity(`${path}.pub`, ACCOUNT), { code: "IDENTITY_KEY_FILE", hint: /public half/ });
});

/** The public half as SubjectPublicKeyInfo, by ssh-keygen and openssl alone (ssh-keygen writes no Ed25519 in PKCS #8). */
function spkiOfSsh(path: string): string {
  const line = readFileSync(`${path}.pub`, "latin1");
  if (!line.startsWith("ssh-ed25519 ")) return run("ssh-keygen", ["-e", "-m", "PKCS8", "-f", `${path}.pub`]);
  const raw = Buffer.from(line.split(" ")[1] ?? "", "base64").subarray(-32);
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString("base64")}\n-----END PUBLIC KEY-----\n`;
}

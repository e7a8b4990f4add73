import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { deviceFiles, osKeychain, type DeviceLock } from "@countermark/identity";
import { DeviceFiles } from "../../src/device/device.ts";
import { ARGON2ID_256M } from "../../src/passphrase/ksf.ts";
import { folder } from "../support/commands.ts";
import { ACCOUNT, CHEAP, code, context, PHRASE, utf8 } from "../support/identities.ts";
import { fakeCommand, MemoryKeychain } from "../support/keychains.ts";

const FILES = new DeviceFiles(CHEAP, [CHEAP]);
const OWN: DeviceLock = { form: "own", bytes: utf8("a passphrase of my own") };
const GENERATED: DeviceLock = { form: "phrase", bytes: utf8(PHRASE) };

for (const lock of [OWN, GENERATED, { form: "keychain", keychain: new MemoryKeychain() } satisfies DeviceLock]) {
  test(`a machine key locked with ${lock.form}: made, opened, the same identity`, async (t) => {
    const path = join(folder(t), "deep", "key");
    using made = await FILES.create(path, ACCOUNT, lock);
    using opened = await FILES.open(path, ACCOUNT, lock);
    assert.equal(opened.kind, "device");
    assert.equal(opened.publicKeys.release.identity, made.publicKeys.release.identity);
    assert.equal(opened.publicKeys.login.identity, made.publicKeys.login.identity);
    assert.equal(await FILES.lockOf(path), lock.form);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(dirname(path)), ["key"]);
    await opened.signStatement("login", context(), {});
  });
}

test("each file is another key, and each account of a file", async (t) => {
  const home = folder(t);
  using one = await FILES.create(join(home, "one"), ACCOUNT, OWN);
  using two = await FILES.create(join(home, "two"), ACCOUNT, OWN);
  using bob = await FILES.open(join(home, "one"), { ...ACCOUNT, account: "bob" }, OWN);
  const keys = [one, two, bob].flatMap(({ publicKeys: { release, login } }) => [release.identity, login.identity]);
  assert.equal(new Set(keys).size, 6);
});

test("a generated phrase is folded, a passphrase of one's own is not", async (t) => {
  const home = folder(t);
  (await FILES.create(join(home, "one"), ACCOUNT, GENERATED)).close();
  (await FILES.open(join(home, "one"), ACCOUNT, { form: "phrase", bytes: utf8(PHRASE.toUpperCase()) })).close();
  (await FILES.create(join(home, "two"), ACCOUNT, OWN)).close();
  await assert.rejects(
    FILES.open(join(home, "two"), ACCOUNT, { form: "own", bytes: utf8("A passphrase of my own") }),
    code("IDENTITY_UNLOCK"),
  );
});

test("a file that is there is never replaced by a new key", async (t) => {
  const path = join(folder(t), "key");
  (await FILES.create(path, ACCOUNT, OWN)).close();
  const before = readFileSync(path);
  const keychain = new MemoryKeychain();
  for (const lock of [OWN, { form: "keychain", keychain } as const]) {
    await assert.rejects(FILES.create(path, ACCOUNT, lock), code("IDENTITY_FILE", /there already/));
  }
  assert.deepEqual(readFileSync(path), before);
  assert.equal(keychain.secrets.size, 0);
  assert.deepEqual(readdirSync(dirname(path)), ["key"]);
});

test("another lock keeps the key: passphrase to keychain and back, and nothing stays in the keychain", async (t) => {
  const path = join(folder(t), "key");
  const keychain = new MemoryKeychain();
  using before = await FILES.create(path, ACCOUNT, OWN);
  await FILES.relock(path, OWN, { form: "keychain", keychain });
  assert.equal(keychain.secrets.size, 1);
  await assert.rejects(FILES.open(path, ACCOUNT, OWN), code("IDENTITY_LOCKED", /keychain/));
  await FILES.relock(path, { form: "keychain", keychain }, GENERATED);
  assert.equal(keychain.secrets.size, 0);
  using after = await FILES.open(path, ACCOUNT, GENERATED);
  assert.equal(after.publicKeys.release.identity, before.publicKeys.release.identity);
});

test("through the command of a real system's keychain", async (t) => {
  const fake = fakeCommand(t, "secret-tool");
  const path = join(folder(t), "key");
  const lock: DeviceLock = { form: "keychain", keychain: osKeychain("linux") };
  using made = await FILES.create(path, ACCOUNT, lock);
  using opened = await FILES.open(path, ACCOUNT, lock);
  assert.equal(opened.publicKeys.release.identity, made.publicKeys.release.identity);
  assert.equal(readdirSync(fake.store).length, 1);
  await osKeychain("linux").remove(readdirSync(fake.store)[0] ?? "");
  await assert.rejects(FILES.open(path, ACCOUNT, lock), code("IDENTITY_UNLOCK", /no longer holds/));
});

test("a changed bit anywhere in what is sealed or stands before it opens nothing", async (t) => {
  const path = join(folder(t), "key");
  const keychain = new MemoryKeychain();
  const lock: DeviceLock = { form: "keychain", keychain };
  (await FILES.create(path, ACCOUNT, lock)).close();
  const lines = readFileSync(path, "latin1").split("\n");
  const bytes = Buffer.from(lines[1] ?? "", "base64");
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(path, [lines[0], changed.toString("base64"), lines[2], ""].join("\n"));
    // A changed salt names another entry of the keychain: it is made to be there.
    for (const secret of [...keychain.secrets.values()])
      keychain.secrets.set(changed.subarray(28, 44).toString("hex"), secret);
    await assert.rejects(FILES.open(path, ACCOUNT, lock), (error: { code?: string }) => {
      assert.ok(["IDENTITY_UNLOCK", "IDENTITY_KEY_FILE"].includes(error.code ?? ""), error.code);
      return true;
    });
  }
});

test("a price that is not compiled in is refused: a file cannot bring a cheap one, nor a dear one", async (t) => {
  const path = join(folder(t), "key");
  (await FILES.create(path, ACCOUNT, OWN)).close();
  await assert.rejects(deviceFiles.open(path, ACCOUNT, OWN), code("IDENTITY_KEY_FILE", /does not know/));
  await assert.rejects(deviceFiles.lockOf(path), code("IDENTITY_KEY_FILE"));
  const full = new DeviceFiles(CHEAP, [CHEAP, ARGON2ID_256M]);
  assert.equal(await full.lockOf(path), "own");
});

test("at full price, as the package makes them", async (t) => {
  const path = join(folder(t), "key");
  using made = await deviceFiles.create(path, ACCOUNT, OWN);
  await assert.rejects(FILES.open(path, ACCOUNT, OWN), code("IDENTITY_KEY_FILE"));
  using opened = await deviceFiles.open(path, ACCOUNT, OWN);
  assert.equal(opened.publicKeys.release.identity, made.publicKeys.release.identity);
});

test("wrong files: others may read it, cut short, with more behind, another kind, not there, a folder that cannot be made", async (t) => {
  const home = folder(t);
  const path = join(home, "key");
  (await FILES.create(path, ACCOUNT, OWN)).close();
  const good = readFileSync(path, "latin1");
  chmodSync(path, 0o644);
  await assert.rejects(FILES.open(path, ACCOUNT, OWN), code("IDENTITY_FILE", /others may read/));
  chmodSync(path, 0o600);
  for (const text of [
    good.slice(0, -2),
    `${good}\n`,
    "",
    good.replace("SEALED", "OPENED"),
    good.replace("\nY291", "\n"),
  ]) {
    writeFileSync(path, text);
    await assert.rejects(FILES.open(path, ACCOUNT, OWN), { name: "IdentityError" });
  }
  await assert.rejects(FILES.open(join(home, "absent"), ACCOUNT, OWN), code("IDENTITY_FILE", /cannot open/));
  await assert.rejects(
    FILES.create(join(path, "below", "a file"), ACCOUNT, OWN),
    code("IDENTITY_FILE", /cannot write/),
  );
  mkdirSync(join(home, "folder"));
  await assert.rejects(FILES.open(join(home, "folder"), ACCOUNT, OWN), code("IDENTITY_FILE"));
});

test("what is sealed does not stand in the file", async (t) => {
  const path = join(folder(t), "key");
  const keychain = new MemoryKeychain();
  (await FILES.create(path, ACCOUNT, { form: "keychain", keychain })).close();
  const [secret] = keychain.secrets.values();
  const bytes = Buffer.from(readFileSync(path, "latin1").split("\n")[1] ?? "", "base64");
  assert.ok(secret !== undefined && !bytes.includes(secret));
});

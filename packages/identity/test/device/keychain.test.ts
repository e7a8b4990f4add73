import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { osKeychain, SecretBytes } from "@countermark/identity";
import { folder } from "../support/commands.ts";
import { code } from "../support/identities.ts";
import { fakeCommand, usePath } from "../support/keychains.ts";

const ID = "0123456789abcdef";
const SYSTEMS = [
  ["linux", "secret-tool"],
  ["darwin", "security"],
] as const;

for (const [platform, command] of SYSTEMS) {
  test(`${command}: keeps, gives and forgets a secret, which is in no argument`, async (t) => {
    const fake = fakeCommand(t, command);
    const keychain = osKeychain(platform);
    using secret = SecretBytes.random(32);
    const hex = secret.use((bytes) => bytes.toString("hex"));
    assert.equal(await keychain.fetch(ID), undefined);
    await keychain.store(ID, secret);
    using fetched = await keychain.fetch(ID);
    assert.equal(
      fetched?.use((bytes) => bytes.toString("hex")),
      hex,
    );
    await keychain.remove(ID);
    await keychain.remove(ID);
    assert.equal(await keychain.fetch(ID), undefined);
    assert.deepEqual(readdirSync(fake.store), []);
    assert.ok(!fake.argumentsGiven().includes(hex.slice(0, 16)));
    assert.ok(fake.argumentsGiven().includes(ID));
  });

  test(`${command}: a keychain that forgets at once has not kept the secret`, async (t) => {
    fakeCommand(t, command, "cat > /dev/null; exit 0");
    using secret = SecretBytes.random(32);
    await assert.rejects(osKeychain(platform).store(ID, secret), code("IDENTITY_KEYCHAIN"));
  });

  test(`${command}: one that fails is an error, and not an absence; its complaint is not repeated`, async (t) => {
    fakeCommand(t, command, "cat >&2; echo complaint >&2; exit 1");
    const keychain = osKeychain(platform);
    using secret = SecretBytes.random(32);
    const attempts = [() => keychain.fetch(ID), () => keychain.remove(ID), () => keychain.store(ID, secret)];
    for (const attempt of attempts) {
      await assert.rejects(attempt, (error: Error) => {
        code("IDENTITY_KEYCHAIN")(error);
        return !`${error.message}${String(error.cause)}`.includes("complaint");
      });
    }
  });

  test(`${command}: what is no secret is refused`, async (t) => {
    fakeCommand(t, command, "echo not hex");
    await assert.rejects(osKeychain(platform).fetch(ID), code("IDENTITY_KEYCHAIN", /did not give/));
  });

  test(`${command}: a flood of output is cut off`, async (t) => {
    fakeCommand(t, command, "exec cat /dev/zero");
    await assert.rejects(osKeychain(platform).fetch(ID), code("IDENTITY_KEYCHAIN"));
  });

  test(`${command}: not installed`, async (t) => {
    usePath(t, folder(t));
    await assert.rejects(osKeychain(platform).fetch(ID), code("IDENTITY_KEYCHAIN", /cannot be reached/));
  });
}

test("an id goes onto a command line: hex digits only", async () => {
  for (const id of ["", "a b", "-w", "A", "$(id)", "x".repeat(65)]) {
    await assert.rejects(osKeychain("linux").fetch(id), TypeError);
  }
});

test("Windows has none that is supported", () => {
  assert.throws(() => osKeychain("win32"), code("IDENTITY_KEYCHAIN"));
});

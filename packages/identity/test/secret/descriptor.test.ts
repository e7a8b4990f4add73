import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fstatSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MAX_PASSPHRASE_BYTES, readPassphraseDescriptor, readSecretDescriptor } from "@countermark/identity";
import { folder, missing, run } from "../support/commands.ts";
import { code } from "../support/identities.ts";

test("a passphrase is what stands before the end of the line", async (t) => {
  const path = join(folder(t), "passphrase");
  const cases = [
    ["secret\n", "secret"],
    ["secret\r\n", "secret"],
    ["secret", "secret"],
    [" secret \n", " secret "],
    ["secret\n\n", "secret\n"],
    ["\n", ""],
    ["", ""],
  ] as const;
  for (const [text, expected] of cases) {
    writeFileSync(path, text);
    assert.equal((await readPassphraseDescriptor(openSync(path, "r"))).toString(), expected);
  }
});

test("the descriptor is closed, so that no child inherits it", async (t) => {
  const path = join(folder(t), "secret");
  writeFileSync(path, "secret");
  const descriptor = openSync(path, "r");
  await readSecretDescriptor(descriptor, 100);
  assert.throws(() => fstatSync(descriptor), { code: "EBADF" });
});

test("from a pipe that another process fills slowly", { skip: missing("sh") }, async (t) => {
  const pipe = join(folder(t), "pipe");
  run("mkfifo", [pipe]);
  const script = `{ printf sec; sleep 0.2; printf 'ret\\n'; } > '${pipe}' &`;
  spawnSync("sh", ["-c", script], { stdio: "ignore" });
  assert.equal((await readPassphraseDescriptor(openSync(pipe, "r"))).toString(), "secret");
});

test("more than it should be, not open, or nonsense", async (t) => {
  const path = join(folder(t), "secret");
  writeFileSync(path, Buffer.alloc(MAX_PASSPHRASE_BYTES + 1));
  await assert.rejects(readPassphraseDescriptor(openSync(path, "r")), code("IDENTITY_FILE", /more than 4096 bytes/));
  await assert.rejects(readPassphraseDescriptor(9999), code("IDENTITY_FILE", /cannot read/));
});

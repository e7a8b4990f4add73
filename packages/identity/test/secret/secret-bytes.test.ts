import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretBytes } from "@countermark/identity";
import { ed25519KeyObject } from "../../src/keys/key-handle.ts";
import { wipeAfter } from "../../src/secret/secret-bytes.ts";
import { code } from "../support/identities.ts";

test("takes the bytes away from whoever had them", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  using secret = SecretBytes.take(bytes);
  assert.deepEqual(bytes, new Uint8Array(3));
  assert.deepEqual(
    secret.use((own) => [...own]),
    [1, 2, 3],
  );
});

test("closing overwrites the memory, also for one who kept the view", () => {
  const secret = SecretBytes.random(32);
  const kept = secret.use((bytes) => bytes);
  assert.notDeepEqual(kept, Buffer.alloc(32));
  secret.close();
  secret.close();
  assert.deepEqual(kept, Buffer.alloc(32));
  assert.throws(() => secret.use(() => undefined), code("IDENTITY_CLOSED"));
  assert.throws(() => secret.copy(), code("IDENTITY_CLOSED"));
});

test("a copy lives on by itself", () => {
  const secret = SecretBytes.take(Uint8Array.of(7));
  using copy = secret.copy();
  secret.close();
  assert.deepEqual(
    copy.use((bytes) => [...bytes]),
    [7],
  );
});

test("the memory is its own, outside Node's shared pool", () => {
  using secret = SecretBytes.take(Uint8Array.of(1));
  assert.equal(
    secret.use((bytes) => bytes.buffer.byteLength),
    1,
  );
});

test("wiped after use, whatever came of it", () => {
  const bytes = Uint8Array.of(1);
  assert.throws(() =>
    wipeAfter(bytes, () => {
      throw new Error("failed");
    }),
  );
  assert.deepEqual(bytes, Uint8Array.of(0));
});

test("a seed has 32 bytes", () => {
  using short = SecretBytes.random(31);
  assert.throws(() => ed25519KeyObject(short), code("IDENTITY_KEY", /32 bytes, not 31/));
});

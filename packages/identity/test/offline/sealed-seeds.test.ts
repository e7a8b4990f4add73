import assert from "node:assert/strict";
import { test } from "node:test";
import {
  SealedSeeds,
  sealSeeds,
  SecretBytes,
  type AskPassphrase,
  type Passphrase,
} from "@countermark/identity/offline";
import { newSealingKey } from "../../src/device/locks.ts";
import { newHeader, seal } from "../../src/device/sealed-key.ts";
import { CHEAP, code, PHRASE, utf8 } from "../support/identities.ts";
import { MemoryKeychain } from "../support/keychains.ts";

const OWN = "a passphrase of my own";
const SEEDS = [0x11, 0x22, 0x33].map((byte) => "0".repeat(62) + byte.toString(16));

const own = (text = OWN): Passphrase => ({ form: "own", bytes: utf8(text) });
const phrase = (): Passphrase => ({ form: "phrase", bytes: utf8(PHRASE) });

async function sealedUnder(passphrase: Passphrase): Promise<readonly string[]> {
  return await sealSeeds(
    SEEDS.map((hex) => SecretBytes.take(Buffer.from(hex, "hex"))),
    passphrase,
    CHEAP,
  );
}

/** Answers in turn, and notes in which form it was asked. */
function answering(...answers: (Passphrase | undefined)[]): { ask: AskPassphrase; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ask: (form) => {
      asked.push(form);
      return Promise.resolve(answers.shift());
    },
  };
}

async function hexOf(seeds: SealedSeeds, sealed: string | undefined): Promise<string | undefined> {
  using seed = await seeds.read({ clear: undefined, sealed }, "root.json");
  return seed?.use((bytes) => bytes.toString("hex"));
}

for (const passphrase of [own, phrase]) {
  test(`seeds sealed in one go under a passphrase of the form ${passphrase().form} open with one asking`, async () => {
    const sealed = await sealedUnder(passphrase());
    const { ask, asked } = answering(passphrase());
    using seeds = new SealedSeeds(ask, [CHEAP]);
    for (const [at, text] of sealed.entries()) assert.equal(await hexOf(seeds, text), SEEDS[at]);
    assert.deepEqual(asked, [passphrase().form]);
    assert.deepEqual(seeds.clear, []);
    assert.equal(new Set(sealed.map((text) => Buffer.from(text).subarray(-150).toString())).size, SEEDS.length);
  });
}

test("what was given is overwritten, and after closing it is asked for again", async () => {
  const [sealed] = await sealedUnder(own());
  const given = own();
  const { ask, asked } = answering(given, own());
  const seeds = new SealedSeeds(ask, [CHEAP]);
  await hexOf(seeds, sealed);
  assert.ok(given.bytes.every((byte) => byte === 0));
  seeds[Symbol.dispose]();
  assert.equal(await hexOf(seeds, sealed), SEEDS[0]);
  assert.equal(asked.length, 2);
  seeds[Symbol.dispose]();
});

test("files that were sealed apart open with what was given before, or else it is asked for", async () => {
  const [first] = await sealedUnder(own());
  const [same] = await sealedUnder(own());
  const [other] = await sealedUnder(own("another passphrase of my own"));
  const { ask, asked } = answering(own(), own("another passphrase of my own"));
  using seeds = new SealedSeeds(ask, [CHEAP]);
  for (const text of [first, same]) assert.equal(await hexOf(seeds, text), SEEDS[0]);
  assert.equal(asked.length, 1);
  assert.equal(await hexOf(seeds, other), SEEDS[0]);
  assert.equal(asked.length, 2);
});

test("without a passphrase, with a wrong one, or with one that opens only others, a seed stays closed", async () => {
  const [sealed] = await sealedUnder(own());
  const [apart] = await sealedUnder(own("another passphrase of my own"));
  using nobody = new SealedSeeds(undefined, [CHEAP]);
  await assert.rejects(hexOf(nobody, sealed), code("IDENTITY_LOCKED"));
  using wrong = new SealedSeeds(answering(own("no such passphrase")).ask, [CHEAP]);
  await assert.rejects(hexOf(wrong, sealed), { code: "IDENTITY_UNLOCK", message: /^root\.json: / });
  using once = new SealedSeeds(answering(own()).ask, [CHEAP]);
  assert.equal(await hexOf(once, sealed), SEEDS[0]);
  await assert.rejects(hexOf(once, apart), code("IDENTITY_UNLOCK"));
});

test("a changed or shortened text gives no seed, whichever byte it is", async () => {
  const [sealed = ""] = await sealedUnder(own());
  using seeds = new SealedSeeds(() => Promise.resolve(own()), [CHEAP]);
  assert.equal(await hexOf(seeds, sealed), SEEDS[0], "the control");
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice(0, at) + (sealed[at] === "B" ? "C" : "B") + sealed.slice(at + 1);
    for (const text of [changed, sealed.slice(0, at)]) {
      const failure: unknown = await hexOf(seeds, text).catch((error: unknown) => error);
      assert.match((failure as { code: string }).code, /^IDENTITY_(?:KEY_FILE|UNLOCK)$/, `byte ${at}`);
    }
  }
});

test("a key that a keychain opens is none of these", async () => {
  const header = newHeader("keychain", undefined);
  using key = await newSealingKey({ form: "keychain", keychain: new MemoryKeychain() }, header);
  using seed = SecretBytes.random(32);
  const { ask, asked } = answering(own());
  using seeds = new SealedSeeds(ask, [CHEAP]);
  await assert.rejects(hexOf(seeds, seal(seed, key, header).toString("ascii")), code("IDENTITY_LOCKED"));
  assert.deepEqual(asked, []);
});

test("a seed in clear is read, and noted; what is none is none", async () => {
  using seeds = new SealedSeeds();
  using seed = await seeds.read({ clear: SEEDS[1], sealed: undefined }, "targets.json");
  assert.equal(
    seed?.use((bytes) => bytes.toString("hex")),
    SEEDS[1],
  );
  for (const clear of [undefined, 7, "", SEEDS[1]?.slice(2), SEEDS[1]?.replace("0", "G")]) {
    assert.equal(await seeds.read({ clear, sealed: undefined }, "none.json"), undefined);
  }
  assert.deepEqual(seeds.clear, ["targets.json"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveIdentity, derivationSalt, type DerivedAccount } from "../../src/passphrase/derive.ts";
import { ACCOUNT, cheapIdentity, CHEAP, code, hex, PHRASE, sha256, utf8 } from "../support/identities.ts";

const ALICE: DerivedAccount = { ...ACCOUNT, generation: 1 };

test("the same passphrase is the same identity; of another account, repository or generation it is another", async () => {
  using first = await cheapIdentity();
  using again = await cheapIdentity();
  assert.equal(again.publicKeys.release.identity, first.publicKeys.release.identity);
  const others: DerivedAccount[] = [
    { ...ALICE, account: "bob" },
    { ...ALICE, repository: sha256("another root") },
    { ...ALICE, generation: 2 },
  ];
  const keys = [first.publicKeys.release.identity, first.publicKeys.login.identity];
  for (const account of others) {
    using other = await deriveIdentity({ form: "phrase", bytes: utf8(PHRASE) }, account, CHEAP);
    keys.push(other.publicKeys.release.identity, other.publicKeys.login.identity);
  }
  assert.equal(new Set(keys).size, 8);
});

test("a function of another price is another salt: a guesser cannot move to a cheaper one", () => {
  assert.notEqual(hex(derivationSalt(ALICE, CHEAP)), hex(derivationSalt(ALICE, { ...CHEAP, id: 1 })));
});

test("refuses accounts, repositories and generations that are not in their one form", async () => {
  const wrong: Partial<DerivedAccount>[] = [
    { account: "Alice" },
    { account: " alice" },
    { account: "" },
    { account: "a".repeat(65) },
    { account: "alice\0" },
    { repository: ALICE.repository.toUpperCase() },
    { repository: "" },
    { generation: 0 },
    { generation: 1.5 },
    { generation: 10_001 },
    { generation: Number.NaN },
  ];
  for (const change of wrong) {
    const opening = deriveIdentity({ form: "phrase", bytes: utf8(PHRASE) }, { ...ALICE, ...change }, CHEAP);
    await assert.rejects(opening, code("IDENTITY_ACCOUNT"));
  }
});

test("more memory than there is gets its own error", async () => {
  const greedy = { ...CHEAP, memoryKib: 2 ** 31 };
  await assert.rejects(
    deriveIdentity({ form: "phrase", bytes: utf8(PHRASE) }, ALICE, greedy),
    code("IDENTITY_MEMORY", /MiB of memory/),
  );
});

test("the caller's bytes are read and left alone: who typed them overwrites them", async () => {
  const bytes = utf8(PHRASE);
  (await deriveIdentity({ form: "phrase", bytes }, ALICE, CHEAP)).close();
  assert.deepEqual(bytes, utf8(PHRASE));
});

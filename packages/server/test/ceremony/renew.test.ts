import assert from "node:assert/strict";
import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { readRoot, readTargets, signMetadata } from "@countermark/tuf";
import { renewIndex } from "../../src/ceremony/renew.ts";
import { readCeremonyRecord } from "../../src/ceremony/record-file.ts";
import { newKey } from "../../src/signing/key-file.ts";
import { NOW } from "../fixtures.ts";
import { testIndex, type TestIndex } from "../serving.ts";

const clock = (): number => NOW;

/** What somebody who can write to the database does to it. */
function tamper({ data }: TestIndex, role: string, bytes: Uint8Array): void {
  const database = new DatabaseSync(join(data, "index.sqlite"));
  try {
    const { changes } = database.prepare("update role_file set bytes = ? where name = ?").run(bytes, role);
    assert.equal(changes, 1);
  } finally {
    database.close();
  }
}

async function refused(made: TestIndex, code: string): Promise<void> {
  const before = await made.index.store.roles();
  await assert.rejects(renewIndex(made.data, made.keys, clock), { code });
  assert.deepEqual(await made.index.store.roles(), before, "nothing was published");
}

async function fileOf(made: TestIndex, role: string): Promise<Uint8Array> {
  return (await made.index.store.roleFile(role, 1)) ?? assert.fail();
}

const made = (t: TestContext): Promise<TestIndex> => testIndex(t);

test("ceremonies follow one another, each held against the one before", async (t) => {
  const one = await made(t);
  assert.equal((await renewIndex(one.data, one.keys, clock)).ceremony, 2);
  assert.equal((await renewIndex(one.data, one.keys, clock)).ceremony, 3);
  const { next, roles } = await readCeremonyRecord(one.keys);
  assert.equal(next, undefined);
  assert.equal(roles.get("root")?.version, 3);
});

test("an unsigned role in the database does not come out signed", async (t) => {
  const one = await made(t);
  const { signed } = readTargets(await fileOf(one, "unclaimed"));
  tamper(one, "unclaimed", await signMetadata(signed, [newKey("unclaimed").signer]));
  await refused(one, "CEREMONY_TAMPERED");
});

test("another root in the database does not come out signed", async (t) => {
  const one = await made(t);
  const { signed } = readRoot(await fileOf(one, "root"));
  const mine = newKey("timestamp").signer;
  const keys = new Map([...signed.keys, [mine.publicKey.keyId, mine.publicKey]]);
  const timestamp = { keyIds: [mine.publicKey.keyId], threshold: 1, unknown: new Map() };
  const roles = new Map([...signed.roles, ["timestamp" as const, timestamp]]);
  tamper(one, "root", await signMetadata({ ...signed, keys, roles }, [mine]));
  await refused(one, "WRONG_KEYS");
});

test("without the record of the last ceremony nothing is signed", async (t) => {
  const one = await made(t);
  await rm(join(one.keys, "ceremony.json"));
  await refused(one, "CEREMONY_RECORD");
});

test("killed between its publication and its last word, a ceremony is followed by the next", async (t) => {
  const one = await made(t);
  const [record, kept] = [join(one.keys, "ceremony.json"), join(one.folder, "kept")];
  // What stands while a publication is under way: seen by the store's own commit, which here fails once.
  await copyFile(record, kept);
  const database = new DatabaseSync(join(one.data, "index.sqlite"));
  database.exec("create trigger stop before insert on role begin select raise(abort, 'stopped'); end");
  await assert.rejects(renewIndex(one.data, one.keys, clock));
  database.exec("drop trigger stop");
  database.close();
  const pending = await readCeremonyRecord(one.keys);
  assert.equal(pending.next?.get("root")?.version, 2, "what is about to be published is written down before");
  await copyFile(record, kept);
  // Not published: the next one starts from the state before.
  assert.equal((await renewIndex(one.data, one.keys, clock)).ceremony, 2);
  // Published, by the same keys at the same time, so with the same bytes: the record as it stood before the last word.
  await copyFile(kept, record);
  assert.equal((await renewIndex(one.data, one.keys, clock)).ceremony, 3);
  assert.doesNotMatch(await readFile(record, "utf8"), /"next"/);
});

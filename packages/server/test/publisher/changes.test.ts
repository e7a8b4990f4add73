import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deletePayload,
  encodePayload,
  EVERY_PROJECT,
  filesPayload,
  statusPayload,
  unyankPayload,
  yankPayload,
  type StatusChange,
  type Transaction,
} from "@countermark/repository";
import { jsonObject } from "@countermark/tuf";
import { releaseFile } from "../../src/publisher/release-file.ts";
import { submitChange } from "../../src/publisher/submit.ts";
import type { Outcome } from "../../src/storage/transactions.ts";
import { accept, newFile, NOW, SEAL } from "../fixtures.ts";
import { bench, listed, publisherOf, verified, type Bench } from "./bench.ts";

const [ONE, TWO, LONG] = [newFile("flask"), newFile("flask", "2.0"), newFile("flask", "1.0.0.0")];
const OTHER = newFile("other");

async function withFiles(): Promise<Bench> {
  const on = await bench();
  await accept(on.store, [ONE, TWO, LONG, OTHER]);
  await on.publisher.run();
  return on;
}

async function submit({ store }: Bench, kind: Transaction["kind"], payload: Uint8Array, project = "flask") {
  return submitChange({ store, seal: SEAL }, { kind, project, payload }, { by: "operator", acceptedAt: NOW });
}

async function ask(on: Bench, kind: Transaction["kind"], payload: Uint8Array, project = "flask"): Promise<Outcome> {
  return on.publisher.outcomeOf(await submit(on, kind, payload, project));
}

const status = (on: Bench, change: StatusChange): Promise<Outcome> => ask(on, "status", statusPayload(change));
const codeOf = (outcome: Outcome): string => (outcome.outcome === "refused" ? outcome.code : outcome.outcome);
const files = async ({ store }: Bench, project = "flask") => (await listed(store, project, NOW)).files;

/** What is signed and what pages are made of must be the same. */
async function assertPagesAgree(on: Bench): Promise<void> {
  for (const project of ["flask", "other"]) {
    const rows = (await on.store.visibleFiles(project)) ?? [];
    const signed = await files(on, project);
    const key = ({ filename, yanked }: { filename: string; yanked?: true | string | undefined }): string =>
      `${filename} ${String(yanked)}`;
    assert.deepEqual(rows.map(releaseFile).map(key).sort(), signed.map(key).sort());
  }
}

test("a yanked release is yanked in every spelling of its version, with its reason, and nothing else is", async () => {
  const on = await withFiles();
  assert.equal(codeOf(await ask(on, "yank", yankPayload({ version: "v1" }, "broken"))), "published");
  assert.deepEqual(
    (await files(on)).map(({ filename, yanked }) => [filename, yanked]),
    [
      [ONE.filename, "broken"],
      [LONG.filename, "broken"],
      [TWO.filename, undefined],
    ],
  );
  await assertPagesAgree(on);
  await ask(on, "yank", yankPayload({ filename: ONE.filename }, ""));
  assert.equal((await files(on)).find(({ filename }) => filename === ONE.filename)?.yanked, true);
  await ask(on, "unyank", unyankPayload({ version: "1.0" }));
  assert.ok((await files(on)).every(({ yanked }) => yanked === undefined));
  await assertPagesAgree(on);
});

test("a deleted file is gone and its name is never free again; a deleted project has no page", async () => {
  const on = await withFiles();
  assert.equal(codeOf(await ask(on, "delete", deletePayload({ filename: ONE.filename }, "secret"))), "published");
  assert.deepEqual(await verified(on.store, "flask", NOW), [LONG.filename, TWO.filename]);
  const [again] = await accept(on.store, [ONE]);
  assert.equal(again?.outcome, "conflict");
  assert.equal(codeOf(await ask(on, "delete", deletePayload({ filename: ONE.filename }, "again"))), "NO_SUCH_FILE");
  assert.equal(codeOf(await ask(on, "delete", deletePayload({}, "all of it"))), "published");
  assert.equal((await listed(on.store, "flask", NOW)).exists, false);
  assert.deepEqual(await on.store.projects(), ["other"]);
  await assertPagesAgree(on);
});

test("what the operator withdraws is left out by verifiers, and comes back when it is restored", async () => {
  const on = await withFiles();
  const withdraw = { action: "withdraw", reason: "CVE" } as const;
  const restore = { action: "restore", reason: "" } as const;
  const release = { subject: "release", id: "1" } as const;
  const file = { subject: "file", id: TWO.sha256 } as const;
  await status(on, { ...withdraw, ...release });
  await status(on, { ...withdraw, ...file });
  const { withdrawn } = await listed(on.store, "flask", NOW);
  assert.equal(withdrawn.length, 3);
  await status(on, { ...restore, ...release });
  assert.deepEqual(await verified(on.store, "flask", NOW), [ONE.filename, LONG.filename]);
  assert.equal(codeOf(await status(on, { ...restore, ...release })), "NOT_WITHDRAWN");
  await status(on, { ...restore, ...file });
  assert.equal((await files(on)).length, 3);
  const key = { subject: "key", id: "ab".repeat(32) } as const;
  await status(on, { ...withdraw, ...key });
  assert.deepEqual([...(await listed(on.store, "flask", NOW)).withdrawnKeys], [[key.id, "CVE"]]);
  await status(on, { ...withdraw, subject: "project" });
  assert.deepEqual((await listed(on.store, "flask", NOW)).standing, { status: "withdrawn", reason: "CVE" });
  await status(on, { ...restore, subject: "project" });
  await status(on, { action: "mark", status: "archived", reason: "old" });
  assert.deepEqual((await listed(on.store, "flask", NOW)).standing, { status: "archived", reason: "old" });
  await status(on, { action: "mark", status: "active", reason: "" });
  assert.equal((await listed(on.store, "flask", NOW)).standing.status, "active");
});

test("a key is withdrawn in every shard by one transaction under one snapshot, beside what else the batch says, and given back", async () => {
  const on = await withFiles();
  const key = { subject: "key", id: "ab".repeat(32) } as const;
  const everywhere = (change: Pick<StatusChange, "action">, reason: string) =>
    submit(on, "status", encodePayload(jsonObject({ ...key, ...change, reason })), EVERY_PROJECT);
  const keys = async (project: string) => [...(await listed(on.store, project, NOW)).withdrawnKeys];
  // Projects of several shards, one of which nobody has begun yet.
  const projects = ["flask", "other", "not-yet-here", "neither"];
  const before = (await on.store.timestamp()).version;
  await submit(on, "status", statusPayload({ action: "mark", status: "archived", reason: "early" }), "other");
  const withdrawn = await everywhere({ action: "withdraw" }, "stolen");
  await submit(on, "status", statusPayload({ action: "mark", status: "archived", reason: "late" }));
  await on.publisher.run();
  assert.equal(codeOf(await on.publisher.outcomeOf(withdrawn)), "published");
  assert.equal((await on.store.timestamp()).version, before + 1, "one snapshot for all");
  for (const project of projects) assert.deepEqual(await keys(project), [[key.id, "stolen"]], project);
  assert.equal((await listed(on.store, "other", NOW)).standing.reason, "early", "what came before stays");
  assert.equal((await listed(on.store, "flask", NOW)).standing.reason, "late", "what comes behind stays");
  await status(on, { ...key, action: "restore", reason: "" });
  assert.deepEqual([await keys("flask"), await keys("other")], [[], [[key.id, "stolen"]]], "of one project's shard");
  assert.equal(codeOf(await on.publisher.outcomeOf(await everywhere({ action: "restore" }, ""))), "published");
  for (const project of projects) assert.deepEqual(await keys(project), []);
  assert.equal(codeOf(await on.publisher.outcomeOf(await everywhere({ action: "restore" }, ""))), "NOT_WITHDRAWN");
});

const nowhere: Record<string, [Transaction["kind"], Parameters<typeof jsonObject>[0]]> = {
  "a withdrawal of no project": ["status", { action: "withdraw", subject: "project", id: "ab".repeat(32), reason: "" }],
  "a key that is none": ["status", { action: "withdraw", subject: "key", id: "ab", reason: "" }],
  "a mark of no project": ["status", { action: "mark", status: "quarantined", reason: "" }],
  "a key that is marked": ["status", { action: "mark", subject: "key", id: "ab".repeat(32), reason: "" }],
  "a reason of two lines": ["status", { action: "withdraw", subject: "key", id: "ab".repeat(32), reason: "a\nb" }],
  "a yank of no project": ["yank", { version: "1.0", reason: "" }],
};
for (const [what, [kind, payload]] of Object.entries(nowhere)) {
  test(`everywhere: ${what} is refused and signs nothing`, async () => {
    const on = await withFiles();
    const before = (await on.store.timestamp()).version;
    assert.equal(codeOf(await ask(on, kind, encodePayload(jsonObject(payload)), EVERY_PROJECT)), "TRANSACTION");
    assert.equal((await on.store.timestamp()).version, before);
  });
}

test("of a batch each is judged by itself, on top of those before it, under one snapshot", async () => {
  const on = await withFiles();
  const before = (await on.store.timestamp()).version;
  const ids = [
    await submit(on, "yank", yankPayload({ version: "2.0" }, "first")),
    await submit(on, "yank", yankPayload({ version: "9.9" }, "none such")),
    await submit(on, "delete", deletePayload({ version: "2.0" }, "gone")),
    await submit(on, "unyank", unyankPayload({ version: "2.0" })),
    await submit(on, "yank", yankPayload({ version: "1.0" }, "last"), "other"),
  ];
  await on.publisher.run();
  const outcomes = await Promise.all(ids.map(async (id) => codeOf(await on.publisher.outcomeOf(id))));
  assert.deepEqual(outcomes, ["published", "NO_SUCH_FILE", "published", "NO_SUCH_FILE", "published"]);
  assert.equal((await on.store.timestamp()).version, before + 1);
  assert.equal((await files(on, "other"))[0]?.yanked, "last");
  await assertPagesAgree(on);
});

test("a batch of refusals alone signs nothing", async () => {
  const on = await withFiles();
  const before = (await on.store.timestamp()).version;
  assert.equal(codeOf(await ask(on, "yank", yankPayload({ version: "9.9" }, ""))), "NO_SUCH_FILE");
  assert.equal((await on.store.timestamp()).version, before);
});

const malformed: Record<string, [Transaction["kind"], Parameters<typeof jsonObject>[0]]> = {
  "a yank without a reason": ["yank", { version: "1.0" }],
  "a yank with a reason of two lines": ["yank", { version: "1.0", reason: "a\nb" }],
  "a yank with a reason without end": ["yank", { version: "1.0", reason: "x".repeat(1001) }],
  "a yank of no version": ["yank", { version: "one", reason: "" }],
  "an unyank with a member too many": ["unyank", { version: "1.0", also: "this" }],
  "a status without an action": ["status", { reason: "" }],
  "a status of an unknown kind": ["status", { action: "withdraw", subject: "everything", reason: "" }],
  "a withdrawal of a file by name": ["status", { action: "withdraw", subject: "file", id: "a.whl", reason: "" }],
  "a mark of an unknown state": ["status", { action: "mark", status: "withdrawn", reason: "" }],
  "files that are none": ["files", { files: [] }],
  "files without a digest": ["files", { files: [{ filename: ONE.filename, length: 1, custom: {} }] }],
};
for (const [what, [kind, payload]] of Object.entries(malformed)) {
  test(`${what} is refused`, async () => {
    const on = await withFiles();
    assert.equal(codeOf(await ask(on, kind, encodePayload(jsonObject(payload)))), "TRANSACTION");
    assert.equal((await files(on)).length, 3);
  });
}

test("a file of another project is refused, whatever its path says", async () => {
  const on = await withFiles();
  const payload = filesPayload("other", [releaseFile(newFile("other", "3.0"))]);
  assert.equal(codeOf(await ask(on, "files", payload)), "FILE_ENTRY");
});

// Every write of a change, failing before and after it took effect; then the next start goes on.
for (const fault of ["failed", "failed-but-persisted"] as const) {
  for (const write of [0, 1]) {
    for (const kind of ["yank", "delete"] as const) {
      test(`write ${write} of a ${kind} ${fault}: pages and signed lists agree, and the next start finishes`, async () => {
        const on = await withFiles();
        await submit(on, kind, yankPayload({ version: "2.0" }, "why"));
        on.store.failNext(...Array<undefined>(write), fault);
        await assert.rejects(on.publisher.step(), { code: "IO" });
        await assertPagesAgree(on);
        await publisherOf(on.store, on.clock).run();
        await assertPagesAgree(on);
        const two = (await files(on)).find(({ filename }) => filename === TWO.filename);
        assert.equal(kind === "yank" ? two?.yanked : two, kind === "yank" ? "why" : undefined);
        assert.equal((await on.store.counts()).accepted, 0);
      });
    }
  }
}

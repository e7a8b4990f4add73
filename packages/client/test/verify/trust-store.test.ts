import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ClientError } from "../../src/errors.ts";
import { guard, STATE_FILE } from "../../src/verify/state/database.ts";
import { TrustStore } from "../../src/verify/state/trust-store.ts";

const REPOSITORY = { id: "a".repeat(64), url: "http://127.0.0.1:1/" };
const WRITER = fileURLToPath(new URL("../fixture/state-writer.ts", import.meta.url));

interface Place extends Disposable {
  readonly folder: string;
  open(): TrustStore;
}

function openPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "countermark-state-"));
  const stores: TrustStore[] = [];
  return {
    folder,
    open() {
      const store = TrustStore.open(join(folder, "config"));
      stores.push(store);
      return store;
    },
    [Symbol.dispose]() {
      for (const store of stores) store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function pinned(place: Place): TrustStore {
  const store = place.open();
  store.pin(REPOSITORY, Buffer.from("root 1"), 0);
  return store;
}

function file(version: number): { version: number; bytes: Uint8Array } {
  return { version, bytes: Buffer.from(`version ${version}`) };
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString();
}

test("what is pinned is there for the next process, and for nobody but its owner to read", () => {
  using place = openPlace();
  pinned(place);
  const other = place.open();
  assert.deepEqual(
    other.repositories().map((row) => ({ ...row })),
    [REPOSITORY],
  );
  assert.equal(text(other.trusted(REPOSITORY.id).root), "root 1");
  assert.equal(statSync(join(place.folder, "config")).mode & 0o777, 0o700);
  assert.equal(statSync(join(place.folder, "config", STATE_FILE)).mode & 0o777, 0o600);
});

test("one URL has one root, and one root one URL", () => {
  using place = openPlace();
  const store = pinned(place);
  store.pin(REPOSITORY, Buffer.from("root 1"), 1);
  for (const other of [
    { ...REPOSITORY, id: "b".repeat(64) },
    { ...REPOSITORY, url: "http://127.0.0.1:2/" },
  ]) {
    assert.throws(
      () => {
        store.pin(other, Buffer.from("root 1"), 1);
      },
      { code: "TRUST_FINGERPRINT" },
    );
  }
  assert.equal(store.repositories().length, 1);
});

test("files, times and floors only go forward, whatever order processes write in", () => {
  using place = openPlace();
  const [one, two] = [pinned(place), place.open()];
  const { id } = REPOSITORY;
  one.advanceRoot(id, file(3), false);
  two.advanceRoot(id, file(2), true);
  one.advanceTimestamp(id, 3, file(7), 1000);
  two.advanceTimestamp(id, 3, file(6), 900);
  one.advanceSnapshot(id, 3, file(5));
  two.advanceSnapshot(id, 3, file(4));
  one.remember(id, { floors: new Map([["claimed", 9]]) });
  two.remember(id, { floors: new Map([["claimed", 8]]) });
  const trusted = two.trusted(id);
  assert.deepEqual([trusted.root, trusted.timestamp, trusted.snapshot].map(text), [
    "version 3",
    "version 7",
    "version 5",
  ]);
  assert.equal(trusted.trustedTime, 1000);
  assert.equal(two.floor(id, "claimed"), 9);
  assert.equal(two.floor(id, "sealed"), 0);
});

test("who looks at an older snapshot does not overwrite what was seen of a project under a newer one", () => {
  using place = openPlace();
  const [ahead, behind] = [pinned(place), place.open()];
  const { id } = REPOSITORY;
  const protectionAfter = (store: TrustStore, protection: string, root: number, snapshot: number) => {
    store.remember(id, { projects: new Map([["flask", { protection, epoch: 0, owners: null, root, snapshot }]]) });
    return place.open().project(id, "flask")?.protection;
  };
  assert.equal(protectionAfter(ahead, "claimed", 1, 5), "claimed");
  assert.equal(protectionAfter(behind, "unclaimed", 1, 4), "claimed");
  assert.equal(protectionAfter(ahead, "sealed", 1, 6), "sealed");
  assert.equal(
    protectionAfter(ahead, "claimed", 2, 1),
    "claimed",
    "a root that turned the snapshot's keys starts anew",
  );
  assert.equal(protectionAfter(behind, "unclaimed", 1, 7), "claimed");
});

test("what an older root verified is not kept once another process has seen a newer one", () => {
  using place = openPlace();
  const [one, two] = [pinned(place), place.open()];
  const { id } = REPOSITORY;
  one.advanceTimestamp(id, 1, file(1_000_000), 5);
  two.advanceRoot(id, file(2), true);
  one.advanceTimestamp(id, 1, file(1_000_001), 6);
  one.advanceSnapshot(id, 1, file(1_000_001));
  one.forgetOnline(id, 1);
  assert.equal(two.trusted(id).timestamp, undefined);
  assert.equal(two.trusted(id).snapshot, undefined);
  assert.equal(two.trusted(id).trustedTime, 5);
});

test("a verdict holds for one role, one delegating file and one file; older ones of the role are forgotten", () => {
  using place = openPlace();
  const store = pinned(place);
  const { id } = REPOSITORY;
  const verdict = { role: "r.flask", delegator: "d1", file: "f1", version: 1 };
  store.remember(id, { verdicts: [verdict] });
  assert.ok(store.isKnown(id, verdict));
  assert.ok(!store.isKnown(id, { ...verdict, role: "r.other" }));
  assert.ok(!store.isKnown(id, { ...verdict, delegator: "d2" }));
  assert.ok(!store.isKnown(id, { ...verdict, file: "f2" }));
  assert.deepEqual(store.candidates(id, "r.flask", 1), ["f1"]);
  store.remember(id, { verdicts: [{ ...verdict, file: "f2", version: 2 }] });
  assert.ok(!store.isKnown(id, verdict));
  assert.deepEqual(store.candidates(id, "r.flask", 1), []);
});

test("forgetting an index forgets its floors and verdicts with it", () => {
  using place = openPlace();
  const store = pinned(place);
  store.remember(REPOSITORY.id, {
    verdicts: [{ role: "r", delegator: "d", file: "f", version: 1 }],
    floors: new Map([["claimed", 9]]),
  });
  assert.equal(store.forget(REPOSITORY.url), true);
  assert.equal(store.forget(REPOSITORY.url), false);
  store.pin(REPOSITORY, Buffer.from("root 1"), 0);
  assert.equal(store.floor(REPOSITORY.id, "claimed"), 0);
  assert.deepEqual(store.candidates(REPOSITORY.id, "r", 1), []);
});

test("a secret is made once and stays", () => {
  using place = openPlace();
  assert.equal(place.open().secret("agent", "first"), "first");
  assert.equal(place.open().secret("agent", "second"), "first");
});

test("many processes make and write one state at once, and nothing is lost", async () => {
  using place = openPlace();
  const config = join(place.folder, "config");
  const endings = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const child = spawn(process.execPath, ["--conditions=countermark-source", WRITER, config, String(index)], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      return await new Promise((resolve) => child.once("close", resolve));
    }),
  );
  assert.deepEqual(endings, [0, 0, 0, 0, 0, 0]);
  const store = place.open();
  for (let index = 0; index < 6; index += 1) assert.equal(store.floor(REPOSITORY.id, `role-${index}`), 20);
  assert.equal(store.floor(REPOSITORY.id, "shared"), 20);
});

test("a state that is no database, from the future, or in a place that cannot be written is told with a hint", () => {
  using place = openPlace();
  pinned(place).close();
  const path = join(place.folder, "config", STATE_FILE);
  const future = new DatabaseSync(path);
  future.exec("PRAGMA user_version = 99");
  future.close();
  assert.throws(() => place.open(), { code: "STATE_UNUSABLE", message: /newer countermark/ });
  rmSync(join(place.folder, "config"), { recursive: true });
  pinned(place).close();
  writeFileSync(path, "not a database, but longer than a header of one hundred bytes is ".repeat(4));
  assert.throws(() => place.open(), { code: "STATE_UNUSABLE", message: /damaged/ });
  rmSync(join(place.folder, "config"), { recursive: true });
  writeFileSync(join(place.folder, "config"), "");
  assert.throws(() => place.open(), { code: "STATE_UNUSABLE", message: /cannot write the trusted state/ });
});

test("a folder that others may write to, or that is another user's, is no place for trust", (t) => {
  using place = openPlace();
  pinned(place).close();
  const config = join(place.folder, "config");
  for (const mode of [0o777, 0o770, 0o702]) {
    chmodSync(config, mode);
    assert.throws(() => place.open(), { code: "STATE_UNUSABLE", message: /other users of this machine may write to/ });
  }
  chmodSync(config, 0o755);
  assert.equal(place.open().repositories().length, 1);
  const { uid } = statSync(config);
  t.mock.method(process as { getuid(): number }, "getuid", () => uid + 1);
  assert.throws(() => place.open(), { code: "STATE_UNUSABLE", message: /belongs to another user/ });
});

test("a full disk is told as a full disk, with the exit code of what cannot be written", () => {
  for (const failure of [{ errcode: 13 }, { code: "ENOSPC" }, { code: "EDQUOT" }]) {
    assert.throws(
      () =>
        guard("/state", () => {
          throw Object.assign(new Error("full"), failure);
        }),
      (error: unknown) => error instanceof ClientError && error.code === "DISK_FULL" && error.exitCode === 73,
    );
  }
});

test("a mistake of ours in a transaction is not told as one of the disk", () => {
  assert.throws(
    () =>
      guard("/state", () => {
        throw new TypeError("ours");
      }),
    TypeError,
  );
});

test("a read token goes with its index, and leaves no trace in the folder once it is forgotten or replaced", () => {
  using place = openPlace();
  const store = pinned(place);
  const folder = join(place.folder, "config");
  const traces = (token: string) =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(token));
  assert.equal(store.readToken(REPOSITORY.id), undefined);
  store.keepReadToken(REPOSITORY.id, "cm_old-token");
  assert.notDeepEqual(traces("cm_old-token"), [], "the control: what is kept is found");
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  store.keepReadToken(REPOSITORY.id, "cm_new-token");
  assert.equal(place.open().readToken(REPOSITORY.id), "cm_new-token");
  assert.deepEqual(traces("cm_old-token"), []);
  store.forget(REPOSITORY.url);
  assert.equal(store.readToken(REPOSITORY.id), undefined);
  assert.deepEqual(traces("cm_new-token"), []);
  assert.throws(
    () => store.keepReadToken("b".repeat(64), "cm_x"),
    { code: "STATE_UNUSABLE" },
    "no token without its index",
  );
});

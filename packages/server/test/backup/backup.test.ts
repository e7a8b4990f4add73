import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { backUp } from "../../src/backup/backup.ts";
import { readFacts } from "../../src/backup/database.ts";
import { restore } from "../../src/backup/restore.ts";
import { openIndex } from "../../src/data-folder.ts";
import { makePublisher } from "../../src/publisher/make.ts";
import { readSigningLog } from "../../src/signing/signing-log.ts";
import { DAY } from "../fixtures.ts";
import { testIndex } from "../serving.ts";

const scope = new Scope();
after(() => scope.end());
const PLAIN = { link: false, verify: false };
const wheel = (name: string, version = "1.0") =>
  makeWheel({ name, version, extra: [["x.bin", Buffer.alloc(5000, name)]] });

function blobsIn(folder: string): string[] {
  return readdirSync(join(folder, "blobs"), { recursive: true, encoding: "utf8" }).filter((name) => name.length > 60);
}

test("while files come in: each backup is the index at one moment, with every blob that it names", async () => {
  const made = await testIndex(scope);
  await made.serve();
  const to = join(made.folder, "backup");
  const importing = made.import(Array.from({ length: 60 }, (_, n) => wheel(`p${n}`)));
  const timestamps: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { missing, damaged, timestamp } = await backUp(made.data, to, PLAIN);
    assert.deepEqual([missing, damaged], [[], []]);
    timestamps.push(timestamp);
  }
  await importing;
  const last = await backUp(made.data, to, PLAIN);
  assert.deepEqual(
    timestamps,
    [...timestamps].sort((a, b) => a - b),
  );
  assert.equal(last.timestamp, (await made.index.store.timestamp()).version);
  assert.deepEqual(
    blobsIn(to).sort(),
    blobsIn(made.data)
      .filter((name) => !name.startsWith("staging"))
      .sort(),
  );

  const again = await backUp(made.data, to, PLAIN);
  assert.deepEqual([again.copied, again.kept], [0, last.copied + last.kept]);
  assert.equal(statSync(to).mode & 0o777, 0o700);
  for (const key of readdirSync(join(to, "keys"))) assert.equal(statSync(join(to, "keys", key)).mode & 0o777, 0o600);
  // Two servers on one index would both sign: a backup is no data folder.
  await assert.rejects(openIndex(to), { code: "NO_INDEX" });
});

test("a damaged blob is told of and never replaces a good one; --verify finds one in the backup and cures it", async () => {
  const made = await testIndex(scope);
  await made.import([wheel("flask"), wheel("rich")]);
  const to = join(made.folder, "backup");
  const file = (await made.index.store.file("flask", "flask-1.0-py3-none-any.whl"))?.sha256 ?? "";
  const [ours, theirs] = [made.data, to].map((folder) => join(folder, "blobs", file.slice(0, 2), file));
  assert.ok(ours !== undefined && theirs !== undefined);
  const good = readFileSync(ours);
  const bad = Buffer.from(good).fill(0, 10, 20);

  writeFileSync(ours, bad);
  assert.deepEqual(await backUp(made.data, to, PLAIN).then(({ damaged, missing }) => [damaged, missing]), [
    [file],
    [file],
  ]);
  assert.equal(existsSync(theirs), false);
  writeFileSync(ours, good);
  assert.deepEqual((await backUp(made.data, to, PLAIN)).damaged, []);
  writeFileSync(ours, bad);
  assert.deepEqual((await backUp(made.data, to, PLAIN)).damaged, []);
  assert.ok(readFileSync(theirs).equals(good));

  writeFileSync(ours, good);
  writeFileSync(theirs, bad);
  assert.equal((await backUp(made.data, to, PLAIN)).copied, 0);
  assert.equal((await backUp(made.data, to, { link: false, verify: true })).copied, 1);
  assert.ok(readFileSync(theirs).equals(good));
});

test("--link takes no space; keys and database are copies all the same", async () => {
  const made = await testIndex(scope);
  await made.import([wheel("flask")]);
  const to = join(made.folder, "backup");
  await backUp(made.data, to, { link: true, verify: false });
  const [blob = ""] = blobsIn(to);
  assert.equal(statSync(join(to, "blobs", blob)).ino, statSync(join(made.data, "blobs", blob)).ino);
  assert.notEqual(statSync(join(to, "keys/snapshot.json")).ino, statSync(join(made.data, "keys/snapshot.json")).ino);
});

test("a folder that is something else, another index's backup, or inside the data folder is left alone", async () => {
  const [made, other] = [await testIndex(scope), await testIndex(scope)];
  const to = join(made.folder, "backup");
  await backUp(made.data, to, PLAIN);
  const { repositoryId } = readFacts(join(to, "backup.sqlite"));
  await assert.rejects(backUp(other.data, to, PLAIN), { code: "BACKUP_OTHER" });
  assert.equal(readFacts(join(to, "backup.sqlite")).repositoryId, repositoryId);
  writeFileSync(join(to, "letter.txt"), "");
  await assert.rejects(backUp(made.data, to, PLAIN), { code: "FOLDER_NOT_EMPTY" });
  rmSync(join(to, "letter.txt"));
  await assert.rejects(backUp(made.data, join(made.data, "backup"), PLAIN), { code: "USAGE" });
  await assert.rejects(backUp(made.data, made.folder, PLAIN), { code: "USAGE" });
  await assert.rejects(backUp(join(made.folder, "none"), to, PLAIN), { code: "NO_INDEX" });
});

test("what stands beside the database comes along, backup after backup: the state of ceremonies, settings, the signing log", async () => {
  const made = await testIndex(scope);
  await made.import([wheel("flask")]);
  const [log, to] = [join(made.data, "signing.log"), join(made.folder, "backup")];
  const whole = readFileSync(log, "utf8");
  // The index is in the middle of a line.
  appendFileSync(log, '{"n":9');
  for (const name of ["ceremony-state.txt", "countermark-server.toml"]) writeFileSync(join(made.data, name), name);
  for (const round of ["first", "second"]) {
    await backUp(made.data, to, PLAIN);
    assert.equal(readFileSync(join(to, "signing.log"), "utf8"), whole, round);
    assert.equal(readFileSync(join(to, "ceremony-state.txt"), "utf8"), "ceremony-state.txt", round);
    assert.equal(readFileSync(join(to, "countermark-server.toml"), "utf8"), "countermark-server.toml", round);
  }
  const data = join(made.folder, "restored");
  const stopped = (): never => {
    throw new Error("stopped");
  };
  await assert.rejects(restore(to, data, { sources: [], unseen: true, clock: stopped }), /stopped/);
  await restore(to, data, { sources: [], unseen: true, clock: () => made.clock.now });
  const restored = await openIndex(data);
  scope.after(() => restored.store.close());
  made.clock.now += 30 * DAY;
  await makePublisher(restored, () => made.clock.now).run();
  const lines = readFileSync(join(data, "signing.log"), "utf8");
  assert.ok(lines.startsWith(whole) && lines.length > whole.length, "it goes on from where the backup ends");
  let entries = 0;
  for await (const { n } of readSigningLog(Readable.from(lines.trim().split("\n")))) entries = n;
  assert.equal(entries, lines.trim().split("\n").length, "and its chain is whole");
});

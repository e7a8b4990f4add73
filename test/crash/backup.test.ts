/*
 * `backup` is killed while files come in, `restore` is killed too. The backup of last time stands; the restored index is
 * accepted by a stock client that has seen what came after it, and serves every file.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermarkServer } from "../harness/commands.ts";
import { writeDistributions } from "../harness/distributions/distributions.ts";
import { importFolder, initIndex, serve } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { download, newTufClient, pythonTuf, runTufClient, tufJs } from "../harness/tuf-clients.ts";
import { killAfter, makeWheels, momentOf, targetsOf } from "./kill.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const KILLS = 4;
const wheels = makeWheels(60);
const [early, late] = [[...wheels.values()].slice(0, 40), [...wheels.values()].slice(40)];

test("backup and restore, killed again and again, lose nothing, and no client sees the index go back", async () => {
  const index = await initIndex(sandbox);
  await importFolder(sandbox, index, writeDistributions(join(sandbox.folder, "early"), early));
  const old = await serve(sandbox, index);
  const backup = join(sandbox.folder, "backup");
  const backingUp = () => sandbox.start(countermarkServer, ["backup", "--data", index.data, backup]);
  const sound = async (): Promise<void> => {
    if (!existsSync(join(backup, "backup.sqlite"))) return;
    const { code, output } = await sandbox.run(countermarkServer, [
      "fsck",
      "--data",
      backup,
      "--root",
      index.fingerprint,
    ]);
    assert.equal(code, 0, output);
  };
  const began = performance.now();
  assert.equal((await backingUp().ended).code, 0);
  const taking = performance.now() - began;
  const importing = importFolder(sandbox, index, writeDistributions(join(sandbox.folder, "late"), late));
  let kills = 0;
  for (let round = 0; round < KILLS; round += 1) {
    if ((await killAfter(backingUp(), momentOf(round, KILLS, taking))).killed) kills += 1;
    if (round === KILLS - 1) await sound();
  }
  assert.notEqual(kills, 0, "every backup came to its end before it was killed");
  await importing;

  // A client of each kind sees the newest state.
  const targets = targetsOf(wheels, [...wheels.keys()]);
  const names = targets.map(({ target }) => target);
  const clients = [];
  for (const client of [pythonTuf, tufJs]) {
    const folder = await newTufClient(sandbox, client, old.url);
    assert.deepEqual(await download(sandbox, client, folder, old.url, names), targets);
    clients.push({ client, folder });
  }
  const data = join(sandbox.folder, "restored");
  const restoring = () => sandbox.start(countermarkServer, ["restore", "--data", data, backup, "--published", old.url]);
  for (let round = 0; round < 3; round += 1) {
    await killAfter(restoring(), momentOf(round, 3, taking));
    if (!existsSync(join(data, "index.sqlite"))) continue;
    // It came to its end before it was killed.
    rmSync(data, { recursive: true });
    mkdirSync(data);
  }
  const { code, output } = await restoring().ended;
  assert.equal(code, 0, output);
  const port = Number(new URL(old.url).port);
  await old.process.stop();
  const { url } = await serve(sandbox, { data, keys: index.keys }, port);
  assert.equal(url, old.url);
  for (const { client, folder } of clients) {
    assert.deepEqual(await download(sandbox, client, folder, url, names), targets, client.name);
  }
});

test("control: the same clients refuse the backup when it is served as it is", async () => {
  const index = await initIndex(sandbox, "naive");
  await importFolder(sandbox, index, join(sandbox.folder, "early"));
  const backup = join(sandbox.folder, "naive-backup");
  assert.equal((await sandbox.run(countermarkServer, ["backup", "--data", index.data, backup])).code, 0);
  await importFolder(sandbox, index, join(sandbox.folder, "late"));
  const seen = await serve(sandbox, index);
  const [filename = ""] = wheels.keys();
  const target = targetsOf(wheels, [filename])[0]?.target ?? "";
  const folder = await newTufClient(sandbox, pythonTuf, seen.url);
  await download(sandbox, pythonTuf, folder, seen.url, [target]);
  const port = Number(new URL(seen.url).port);
  await seen.process.stop();
  renameSync(join(backup, "backup.sqlite"), join(backup, "index.sqlite"));
  const { url } = await serve(sandbox, { data: backup, keys: index.keys }, port);
  const { code, output } = await runTufClient(sandbox, pythonTuf, folder, url, [target]);
  assert.notEqual(code, 0, output);
});

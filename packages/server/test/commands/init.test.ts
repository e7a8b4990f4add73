import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { makeWheel, writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { Scope, scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { renewIndex } from "../../src/ceremony/renew.ts";
import { openIndex } from "../../src/data-folder.ts";
import { server, serverWithLimit, startServer } from "./command.ts";

interface Folders {
  readonly folder: string;
  readonly data: string;
  readonly keys: string;
  readonly init: (...more: string[]) => ReturnType<typeof server>;
}

function folders(scope: Scope): Folders {
  const folder = temporaryFolder(scope);
  const [data, keys] = [join(folder, "data"), join(folder, "keys")];
  return {
    folder,
    data,
    keys,
    init: (...more) => server("init", "--data", data, "--keys", keys, "--unsealed-keys", "--shards", "16", ...more),
  };
}

test("init makes an index whose fingerprint is the hash of its first root", async (t) => {
  const { data, keys, init } = folders(scopeOf(t));
  const { code, stdout, stderr } = await init("--json", "--name", "Example Ltd", "--profile", "public");
  assert.equal(code, 0, stderr);
  const made = JSON.parse(stdout) as Record<string, unknown>;
  const index = await openIndex(data);
  t.after(() => index.store.close());
  const root = (await index.store.roleFile("root", 1)) ?? new Uint8Array();
  assert.equal(made["fingerprint"], createHash("sha256").update(root).digest("hex"));
  assert.deepEqual([made["name"], made["profile"], made["shards"], made["ceremony"]], ["Example Ltd", "public", 16, 1]);
  assert.match(stderr, /the offline keys are not sealed/, "it says what is given up");
  assert.deepEqual((await readdir(keys)).sort(), ["ceremony.json", "root.json", "shards.json", "targets.json"]);
  for (const folder of [keys, join(data, "keys")]) {
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  }
  const all = await Promise.all(
    (await readdir(join(data, "keys"))).map((name) => readFile(join(data, "keys", name), "utf8")),
  );
  // The sixth is no signing key: it seals transactions.
  assert.equal(new Set(all.map((text) => /[0-9a-f]{64}(?="|\n$)/.exec(text)?.[0])).size, 6, "one key for each duty");
});

test("whatever the commands write, nobody but owner and group may read it", async (t) => {
  const scope = scopeOf(t);
  const { folder, data, init } = folders(scope);
  const before = process.umask(0o022);
  try {
    assert.equal((await init()).code, 0);
    const from = join(folder, "from");
    await mkdir(from);
    writeDistributions(from, [makeWheel({ name: "flask", version: "1.0" })]);
    const imported = await server("import", "--data", data, from);
    assert.equal(imported.code, 0, imported.output);
  } finally {
    process.umask(before);
  }
  const files = await readdir(data, { recursive: true });
  assert.ok(files.includes("index.sqlite") && files.some((file) => /[0-9a-f]{64}$/.test(file)), files.join(" "));
  for (const file of files) assert.equal((await stat(join(data, file))).mode & 0o027, 0, file);
});

test("for people, init ends with the fingerprint and the next commands", async (t) => {
  const { data, init } = folders(scopeOf(t));
  const { stdout } = await init("--public-url", "https://pypi.example.org/simple");
  const [fingerprint] = /[0-9a-f]{64}/.exec(stdout) ?? [];
  assert.ok(stdout.includes(`countermark-server serve --data ${data}\n`));
  assert.ok(stdout.includes(`countermark trust https://pypi.example.org/ --root ${fingerprint}\n`));
});

test("a second init changes nothing", async (t) => {
  const { data, init } = folders(scopeOf(t));
  await init();
  const before = await readFile(join(data, "index.sqlite"));
  const { code, stderr } = await init();
  assert.equal(code, 73);
  assert.match(stderr, /^error\[FOLDER_NOT_EMPTY\]: .+\n\nhint: nothing was changed/);
  assert.ok(before.equals(await readFile(join(data, "index.sqlite"))));
});

test("init harms no folder of somebody else", async (t) => {
  const { folder, data, keys, init } = folders(scopeOf(t));
  for (const victim of [data, keys]) {
    await mkdir(victim, { recursive: true });
    await writeFile(join(victim, "root.json"), "precious");
    const { code, stderr } = await init();
    assert.equal(code, 73);
    assert.match(stderr, /error\[FOLDER_NOT_EMPTY\]/);
    assert.equal(await readFile(join(victim, "root.json"), "utf8"), "precious");
    await rm(victim, { recursive: true });
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name === "data" || name === "keys"),
      [],
    );
  }
  await writeFile(data, "a file");
  assert.match((await init()).stderr, /^error\[NO_SUCH_PATH\]/);
  assert.equal(await readFile(data, "utf8"), "a file");
});

test("keys may not lie with the data, by whatever name", async (t) => {
  const { folder, data } = folders(scopeOf(t));
  await symlink(folder, join(folder, "link"));
  for (const keys of [
    data,
    join(data, "keys"),
    join(data, "..", "data", "offline"),
    join(folder, "link", "data", "k"),
    folder,
  ]) {
    const { code, stderr } = await server("init", "--data", data, "--keys", keys, "--unsealed-keys");
    assert.equal(code, 64, keys);
    assert.match(stderr, /^error\[KEYS_IN_DATA\]/);
    assert.ok(!existsSync(data));
  }
});

test("killed at any step, init is simply run again", async (t) => {
  const scope = scopeOf(t);
  for (const step of ["keys/UNFINISHED", "keys/root.json", "data/keys/unclaimed.json", "data/index.sqlite-wal"]) {
    const { folder, data, keys, init } = folders(scope);
    const process = startServer(scope, ["init", "--data", data, "--keys", keys, "--unsealed-keys", "--shards", "16"]);
    while (!existsSync(join(folder, step))) await new Promise(setImmediate);
    await process.kill();
    const again = await init();
    // Killed too late, when the index stood and the marks were gone: then it is complete, and left alone.
    if (again.code !== 0) assert.match(again.stderr, /FOLDER_NOT_EMPTY/);
    assert.deepEqual((await readdir(keys)).sort(), ["ceremony.json", "root.json", "shards.json", "targets.json"], step);
    assert.deepEqual((await readdir(data)).sort(), ["index.sqlite", "keys"], step);
    // The keys that are there are those of the index that is there.
    assert.equal((await renewIndex(data, keys)).ceremony, 2);
  }
});

test("killed after its decision, init is finished by the next one, with the same keys", async (t) => {
  const { data, keys, init } = folders(scopeOf(t));
  const first = (await init("--json")).stdout;
  const mark = `'countermark-server init' has not come to its end; run it again for this data folder:\n${data}\n`;
  for (const folder of [data, keys]) await writeFile(join(folder, "UNFINISHED"), mark);
  const { code, stdout } = await init("--json", "--name", "Another name");
  assert.deepEqual([code, stdout], [0, first]);
  assert.ok(!existsSync(join(keys, "UNFINISHED")));
  assert.ok(!existsSync(join(data, "UNFINISHED")));
});

test("the mark of another data folder protects its keys", async (t) => {
  const { folder, data, keys, init } = folders(scopeOf(t));
  await init();
  const mark = `'countermark-server init' has not come to its end; run it again for this data folder:\n${data}\n`;
  await writeFile(join(keys, "UNFINISHED"), mark);
  const { code, stderr } = await server("init", "--data", join(folder, "other"), "--keys", keys, "--unsealed-keys");
  assert.deepEqual([code, stderr.startsWith("error[FOLDER_NOT_EMPTY]")], [73, true], stderr);
  assert.ok(!existsSync(join(folder, "other")), "nothing was begun");
  assert.equal((await renewIndex(data, keys)).ceremony, 2);
});

test("on a disk that takes no more, init says so and leaves nothing", async (t) => {
  const { data, keys, init } = folders(scopeOf(t));
  for (const blocks of [1, 100, 500]) {
    const { code, stderr } = await serverWithLimit(blocks, "init", "--data", data, "--keys", keys, "--unsealed-keys");
    assert.equal(code, 73, stderr);
    assert.match(stderr, /^error\[(DISK_FULL|IO)\]: .+\n\nhint: /);
    for (const folder of [data, keys])
      assert.deepEqual(existsSync(folder) ? await readdir(folder) : [], [], `${blocks}`);
  }
  assert.equal((await init()).code, 0);
});

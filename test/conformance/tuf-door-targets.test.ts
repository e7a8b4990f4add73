/*
 * Target files and the names they get on disk: through `countermark tuf`, flaws each with its control.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { TargetFile } from "@countermark/tuf";
import { serveRepository, SimulatedTufRepository, type LoopbackRepository } from "@countermark/testkit";
import { DoorClient, NOW } from "./tuf-door/door.ts";
import { hostile } from "./tuf-door/hostile.ts";

const files = new WeakMap<SimulatedTufRepository, TargetFile>();

/** Whatever is served is not what was signed. */
function served(content: string) {
  return (repository: SimulatedTufRepository) => {
    repository.hold("dir/file", files.get(repository) ?? assert.fail(), Buffer.from(content));
  };
}

function listed(algorithms?: readonly string[]) {
  return (repository: SimulatedTufRepository) => {
    files.set(repository, repository.list("dir/file", "good", algorithms && { algorithms }));
  };
}

const download = { setting: listed(), targets: ["dir/file"] };

hostile("TUF 5.7.2: another file of the same length is refused", {
  ...download,
  flaw: served("evil"),
  reason: /TUF_INTEGRITY/,
});
hostile("TUF 5.7.2: a shorter file is refused", { ...download, flaw: served("goo"), reason: /TUF_INTEGRITY/ });
hostile("TUF 5.7.2: a longer file that begins right is refused", {
  ...download,
  flaw: served("good, then evil"),
  reason: /INDEX_OVERSIZED/,
});
hostile("TUF 5.7.2: without consistent snapshots a file is checked as well", {
  ...download,
  consistentSnapshot: false,
  flaw: served("evil"),
  reason: /TUF_INTEGRITY/,
});

/** Lists the target again with other hashes, which stand for content that is still served. */
function withHashes(change: (hashes: ReadonlyMap<string, string>) => ReadonlyMap<string, string>) {
  return async (repository: SimulatedTufRepository) => {
    const file = files.get(repository) ?? assert.fail();
    repository.listAs("dir/file", { ...file, hashes: change(file.hashes) });
    await repository.publish();
  };
}

hostile("TUF 5.7.2: the second hash counts as the first does", {
  setting: listed(["sha256", "sha512"]),
  targets: ["dir/file"],
  flaw: withHashes((hashes) => new Map([...hashes, ["sha512", "0".repeat(128)]])),
  reason: /TUF_INTEGRITY/,
});

hostile("TUF 4.5: a hash of an algorithm that nobody knows is not passed over", {
  ...download,
  flaw: withHashes((hashes) => new Map([...hashes, ["crc32", "00000000"]])),
  reason: /TUF_INTEGRITY.*crc32/,
});

hostile("TUF 4.5: a hash of a broken algorithm alone is not believed", {
  ...download,
  flaw: withHashes(() => new Map([["md5", createHash("md5").update("good").digest("hex")]])),
  reason: /TUF_INTEGRITY.*md5/,
});

hostile("TUF 4.5: a length that is not the file's is refused", {
  ...download,
  flaw: async (repository) => {
    repository.listAs("dir/file", { ...(files.get(repository) ?? assert.fail()), length: 5 });
    await repository.publish();
  },
  reason: /TUF_INTEGRITY/,
});

async function open(context: TestContext, consistentSnapshot = true) {
  const repository = await SimulatedTufRepository.create(NOW, { consistentSnapshot });
  const loopback = await serveRepository(repository);
  context.after(() => loopback[Symbol.asyncDispose]());
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  return { repository, loopback, client };
}

async function succeed(
  client: DoorClient,
  loopback: LoopbackRepository,
  ...targets: readonly string[]
): Promise<string> {
  const { code, out, err } = await client.download(loopback, ...targets);
  assert.equal(code, 0, err);
  return out;
}

test("each target has one file name in the folder, whatever it is called, and no two have the same", async (context) => {
  const names = [
    "plain",
    "dir/file",
    "dir%2Ffile",
    "/absolute",
    "a//b",
    ".hidden",
    "con",
    "nul.txt",
    "a\\b",
    "white space",
    "line\nfeed",
    "nul\0byte",
    "é",
    "e\u0301",
    "question?mark#hash",
    "plus+and&",
    "http://127.0.0.1:1/x",
    "-rf",
    "~",
    "日本",
    "😀",
    "__proto__",
    "x".repeat(300),
  ];
  const { repository, loopback, client } = await open(context);
  for (const name of names) repository.list(name, `this is ${name}`);
  await repository.publish();
  const paths = (await succeed(client, loopback, ...names)).trimEnd().split("\n");
  assert.equal(new Set(paths).size, names.length);
  assert.deepEqual(readdirSync(client.folder).sort(), ["initial_root", "metadata", "targets"]);
  for (const [at, name] of names.entries()) {
    const path = paths[at] ?? assert.fail();
    assert.equal(readFileSync(path, "utf8"), `this is ${name}`);
    assert.ok(path.startsWith(`${client.targetDir}/`) && !path.slice(client.targetDir.length + 1).startsWith("."));
  }
  const asked = loopback.requests.length;
  assert.equal((await succeed(client, loopback, ...names)).trimEnd(), paths.join("\n"));
  assert.equal(loopback.requests.length, asked + 2, "a file that stood there was fetched again");
});

for (const name of ["..", "../escaped", "a/../../escaped", "./file", ".", ""]) {
  test(`CVE-2026-6968 (tough): the target ${JSON.stringify(name)} has no address below the target URL and is refused`, async (context) => {
    const { repository, loopback, client } = await open(context, false);
    repository.list(name, "evil");
    repository.files.set("escaped", Buffer.from("evil"));
    await repository.publish();
    const { code, err } = await client.download(loopback, name);
    assert.equal(code, 1);
    assert.match(err, /USAGE/);
    assert.deepEqual(client.downloads(), {});
    assert.ok(!loopback.requests.includes("escaped"));
  });
}

test("TUF 6.2: the hash stands before the last part of the path, and only with consistent snapshots", async (context) => {
  for (const consistent of [true, false]) {
    const { repository, loopback, client } = await open(context, consistent);
    const { hashes } = repository.list("a/b/file", "good");
    await repository.publish();
    await succeed(client, loopback, "a/b/file");
    const name = consistent ? `targets/a/b/${hashes.get("sha256") ?? ""}.file` : "targets/a/b/file";
    assert.equal(loopback.requests.at(-1), name);
    const versioned = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"];
    const plain = ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"];
    assert.deepEqual(loopback.requests.slice(0, 4), consistent ? versioned : plain);
  }
});

test("a target that changed takes the place of the old one; one that was swapped on disk is fetched again", async (context) => {
  const { repository, loopback, client } = await open(context);
  repository.list("file", "first");
  await repository.publish();
  const path = (await succeed(client, loopback, "file")).trimEnd();
  repository.list("file", "second");
  await repository.publish();
  await succeed(client, loopback, "file");
  assert.deepEqual(client.downloads(), { file: "second" });
  for (const swapped of ["evil!!", "second, and evil", ""]) {
    writeFileSync(path, swapped);
    await succeed(client, loopback, "file");
    assert.deepEqual(client.downloads(), { file: "second" });
  }
});

test("CVE-2026-6968 (tough): a link in a target's place is replaced, not written through", async (context) => {
  const { repository, loopback, client } = await open(context);
  repository.list("file", "good");
  await repository.publish();
  const victim = join(client.folder, "victim");
  writeFileSync(victim, "mine");
  symlinkSync(victim, join(client.targetDir, "file"));
  await succeed(client, loopback, "file");
  assert.equal(readFileSync(victim, "utf8"), "mine");
  assert.deepEqual(client.downloads(), { file: "good" });
});

test("a link to the right content is no file of ours, and a pipe keeps nobody waiting", async (context) => {
  const { repository, loopback, client } = await open(context);
  repository.list("file", "good");
  await repository.publish();
  const path = join(client.targetDir, "file");
  const elsewhere = join(client.folder, "elsewhere");
  writeFileSync(elsewhere, "good");
  symlinkSync(elsewhere, path);
  await succeed(client, loopback, "file");
  writeFileSync(elsewhere, "evil");
  assert.deepEqual(client.downloads(), { file: "good" });
  rmSync(path);
  execFileSync("mkfifo", [path]);
  await succeed(client, loopback, "file");
  assert.deepEqual(client.downloads(), { file: "good" });
});

test("a folder in a target's place is a failure, not a crash", async (context) => {
  const { repository, loopback, client } = await open(context);
  repository.list("file", "good");
  await repository.publish();
  mkdirSync(join(client.targetDir, "file", "more"), { recursive: true });
  const { code, err } = await client.download(loopback, "file");
  assert.equal(code, 1);
  assert.match(err, /STATE_UNUSABLE/);
  assert.deepEqual(readdirSync(client.targetDir), ["file"]);
});

test("one target that cannot be had keeps no other back, and the command fails", async (context) => {
  const { repository, loopback, client } = await open(context);
  repository.list("one", "good one");
  repository.list("two", "good two");
  await repository.publish();
  const { code, out, err } = await client.download(loopback, "one", "missing", "two");
  assert.equal(code, 1);
  assert.equal(out.trimEnd().split("\n").length, 2);
  assert.match(err, /missing: no role/);
  assert.deepEqual(client.downloads(), { one: "good one", two: "good two" });
});

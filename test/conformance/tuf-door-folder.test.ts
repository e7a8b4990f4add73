/*
 * The metadata folder of `countermark tuf` when files in it are torn, forged or swapped, when processes meet in it or are
 * killed, and when nothing more fits. The processes are real.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readMetadata } from "@countermark/tuf";
import { forge, serveRepository, silence, SimulatedTufRepository } from "@countermark/testkit";
import { DoorClient } from "./tuf-door/door.ts";

const BIN = join(import.meta.dirname, "../../packages/client/bin/countermark.js");
/** These repositories are met by processes with the system's clock. */
const now = Math.floor(Date.now() / 1000) * 1000;

interface Process {
  readonly ended: Promise<{ code: number | null; signal: string | null; err: string }>;
  readonly kill: () => void;
}

function start(...args: readonly string[]): Process {
  const child = spawn(process.execPath, ["--conditions=countermark-source", BIN, "tuf", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  return {
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, err }))),
    kill: () => child.kill("SIGKILL"),
  };
}

async function open(context: TestContext) {
  const repository = await SimulatedTufRepository.create(now);
  repository.delegate("targets", { name: "role" });
  repository.list("file", "good", { role: "role" });
  await repository.publish();
  const served = await serveRepository(repository);
  context.after(() => served[Symbol.asyncDispose]());
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  client.now = now;
  const succeed = async () => {
    const { code, err } = await client.download(served, "file");
    assert.equal(code, 0, err);
    assert.deepEqual(client.downloads(), { file: "good" });
  };
  return { repository, served, client, succeed };
}

/** Everything in the folder verifies on its own, under whole names. */
function requireSound(client: DoorClient): void {
  for (const name of client.trustedFiles()) {
    assert.doesNotThrow(() => readMetadata(readFileSync(join(client.metadataDir, name))), `${name} is torn`);
  }
}

const DAMAGES: readonly [string, (path: string, bytes: Buffer) => unknown][] = [
  ["torn", (path, bytes) => writeFileSync(path, bytes.subarray(0, bytes.length / 2))],
  ["empty", (path) => writeFileSync(path, "")],
  ["full of zeros", (path, bytes) => writeFileSync(path, Buffer.alloc(bytes.length))],
  [
    "forged",
    (path, bytes) => writeFileSync(path, bytes.toString().replace(/"version":\d+}/, '"version":9007199254740991}')),
  ],
  ["missing", (path) => rmSync(path)],
  ["enormous", (path, bytes) => writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(100_000_000, " ")]))],
  ["a pipe", (path) => (rmSync(path), execFileSync("mkfifo", [path]))],
];
for (const role of ["timestamp", "snapshot", "targets", "role"]) {
  test(`a local ${role} that is torn, forged or gone costs a fetch and nothing else`, async (context) => {
    const { client, succeed } = await open(context);
    await succeed();
    const path = join(client.metadataDir, `${role}.json`);
    const right = readFileSync(path);
    for (const [what, damage] of DAMAGES) {
      damage(path, right);
      await succeed();
      assert.deepEqual(readFileSync(path), right, `${role} stays ${what}`);
    }
  });
}

test("local files of another repository, or in each other's places, cost a fetch and nothing else", async (context) => {
  const { client, succeed } = await open(context);
  await succeed();
  const right = new Map(client.trustedFiles().map((name) => [name, readFileSync(join(client.metadataDir, name))]));
  const other = await SimulatedTufRepository.create(now);
  await other.publish({ timestampVersion: 1000, snapshotVersion: 1000 });
  const swaps: Readonly<Record<string, Uint8Array>>[] = [
    { "timestamp.json": other.file("timestamp.json"), "snapshot.json": other.file("1000.snapshot.json") },
    {
      "timestamp.json": right.get("snapshot.json") ?? assert.fail(),
      "snapshot.json": right.get("timestamp.json") ?? assert.fail(),
    },
    {
      "targets.json": right.get("role.json") ?? assert.fail(),
      "role.json": right.get("targets.json") ?? assert.fail(),
    },
  ];
  for (const swap of swaps) {
    for (const [name, bytes] of Object.entries(swap)) writeFileSync(join(client.metadataDir, name), bytes);
    await succeed();
    for (const [name, bytes] of right) assert.deepEqual(readFileSync(join(client.metadataDir, name)), bytes);
  }
});

test("without a whole trusted root nothing is asked of anyone", async (context) => {
  const { client, served, repository } = await open(context);
  const path = join(client.metadataDir, "root.json");
  const right = readFileSync(path);
  const stranger = await SimulatedTufRepository.create(now);
  const forged = await forge(repository.file("1.root.json"), stranger.signersOf("root"), {});
  for (const wrong of [right.subarray(0, 100), Buffer.alloc(0), repository.file("timestamp.json"), forged, undefined]) {
    if (wrong === undefined) rmSync(path);
    else writeFileSync(path, wrong);
    assert.equal((await client.refresh(served)).code, 1);
  }
  assert.deepEqual(served.requests, []);
});

test("init refuses what is no root, asks nobody, and can be repeated", async (context) => {
  const { client, repository, served } = await open(context);
  const unsigned = await forge(repository.file("1.root.json"), [], {});
  for (const wrong of [unsigned, repository.file("timestamp.json"), Buffer.from("{}"), Buffer.alloc(0)]) {
    assert.equal((await client.init(wrong)).code, 1);
  }
  assert.deepEqual(client.trusted("root"), Buffer.from(repository.file("1.root.json")));
  assert.equal((await client.init(repository.file("1.root.json"))).code, 0);
  assert.deepEqual(served.requests, []);
});

test("many processes at once in one folder all succeed, and what they leave is whole and the newest", async (context) => {
  const { client, served, repository } = await open(context);
  await repository.turnKeys("timestamp");
  await repository.publish();
  const args = client.downloadArguments(served, "file");
  const endings = await Promise.all(Array.from({ length: 6 }, () => start(...args).ended));
  for (const { code, err } of endings) assert.equal(code, 0, err);
  requireSound(client);
  assert.deepEqual(client.versions(), { role: 1, root: 2, snapshot: 3, targets: 2, timestamp: 3 });
  assert.deepEqual(client.downloads(), { file: "good" });
});

test("a slow process does not put back what a faster one has taken further", async (context) => {
  const { client, served, repository } = await open(context);
  const oldTimestamp = repository.file("timestamp.json");
  let release: () => void = () => assert.fail("nothing was held");
  const held = new Promise<void>((resolve) => {
    served.answers.set("timestamp.json", (response) => {
      release = () => response.end(oldTimestamp);
      resolve();
    });
  });
  const slow = client.refresh(served);
  await held;
  served.answers.delete("timestamp.json");
  await repository.turnKeys("snapshot");
  await repository.publish();
  assert.equal((await client.refresh(served)).code, 0);
  const newest = client.versions();
  release();
  await slow;
  assert.deepEqual(client.versions(), newest);
  assert.equal(newest["timestamp"], 3);
});

test("kill -9 at any time leaves whole files, and the next run goes on", async (context) => {
  const { client, served, repository, succeed } = await open(context);
  const begun = Date.now();
  assert.equal((await start(...client.downloadArguments(served, "file")).ended).code, 0);
  const usual = Date.now() - begun;
  for (let kill = 0; kill < 12; kill += 1) {
    repository.list(`filler-${kill}`, "x".repeat(100_000));
    await repository.turnKeys("timestamp");
    await repository.publish();
    const run = start(...client.downloadArguments(served, "file", `filler-${kill}`));
    setTimeout(run.kill, usual * (0.4 + 0.06 * kill));
    await run.ended;
    requireSound(client);
    const names = readdirSync(client.metadataDir).filter((name) => !name.startsWith("."));
    assert.ok(
      names.every((name) => name.endsWith(".json")),
      names.join(),
    );
  }
  rmSync(client.targetDir, { recursive: true });
  mkdirSync(client.targetDir);
  await succeed();
  assert.equal(client.versions()["root"], 13);
});

test("a process that is killed while it waits for the network holds no lock", async (context) => {
  const { client, served, succeed } = await open(context);
  const asked = new Promise<void>((resolve) => {
    served.answers.set("timestamp.json", (response, request) => {
      resolve();
      silence(response, request);
    });
  });
  const run = start(...client.downloadArguments(served, "file"));
  await asked;
  run.kill();
  assert.equal((await run.ended).signal, "SIGKILL");
  served.answers.clear();
  await succeed();
});

interface SmallDisk extends Disposable {
  readonly path: string;
}

/** A file system of 64 KiB, or `undefined` where this user may not mount one. */
function smallDisk(path: string): SmallDisk | undefined {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return { path, [Symbol.dispose]: () => execFileSync("umount", ["-l", path]) };
}

test("a full disk is said, and what was trusted stays whole", async (context) => {
  const { client, served, repository } = await open(context);
  using disk = smallDisk(join(client.folder, "disk"));
  if (disk === undefined) {
    context.skip("no file system can be mounted here");
    return;
  }
  const run = (...args: readonly string[]) => client.run("--metadata-dir", disk.path, ...args);
  const root = join(client.folder, "initial_root");
  const url = ["--metadata-url", served.metadataUrl];
  assert.equal((await run("init", root)).code, 0);
  assert.equal((await run("refresh", ...url)).code, 0);
  const before = readFileSync(join(disk.path, "targets.json"));
  for (let at = 0; at < 400; at += 1) repository.list(`a rather long name of a target, number ${at}`, "content");
  await repository.publish();
  const full = await run("refresh", ...url);
  assert.equal(full.code, 1);
  assert.match(full.err, /error\[DISK_FULL\]: no space is left/);
  assert.deepEqual(readFileSync(join(disk.path, "targets.json")), before);
  assert.ok(!readdirSync(disk.path).includes(".next"), "a part of a file takes up what space there is");
  repository.change("targets", { targets: new Map() });
  await repository.publish();
  const ending = await run("refresh", ...url);
  assert.equal(ending.code, 0, ending.err);
});

test("a full disk in place of the target folder is said, and no part of a file is left", async (context) => {
  const { client, served, repository } = await open(context);
  using disk = smallDisk(join(client.folder, "disk"));
  if (disk === undefined) {
    context.skip("no file system can be mounted here");
    return;
  }
  repository.list("large", "x".repeat(500_000));
  await repository.publish();
  const args = client.downloadArguments(served, "large").map((each) => (each === client.targetDir ? disk.path : each));
  const { code, err } = await client.run(...args);
  assert.equal(code, 1);
  assert.match(err, /error\[DISK_FULL\]/);
  assert.deepEqual(readdirSync(disk.path), []);
});

test("a folder that cannot be written is said", async (context) => {
  const { client, served } = await open(context);
  const locked = join(client.folder, "initial_root", "below a file");
  const { code, err } = await client.run("--metadata-dir", locked, "init", join(client.folder, "initial_root"));
  assert.equal(code, 1);
  assert.match(err, /error\[STATE_UNUSABLE\]/);
  assert.equal((await client.refresh(served)).code, 0);
});

test("a run that finds nothing new writes nothing: a folder that may only be read is enough for it", async (context) => {
  const { client, served } = await open(context);
  assert.equal((await client.refresh(served)).code, 0);
  chmodSync(client.metadataDir, 0o555);
  const before = readdirSync(client.metadataDir).sort();
  rmSync(join(client.metadataDir, ".lock"), { force: true });
  const { code, err } = await client.refresh(served);
  chmodSync(client.metadataDir, 0o755);
  assert.equal(code, 0, err);
  const after = readdirSync(client.metadataDir).sort();
  assert.deepEqual(after, process.getuid?.() === 0 ? before.filter((name) => name !== ".lock") : before);
});

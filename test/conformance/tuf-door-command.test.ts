/*
 * The command line of `countermark tuf`, as TUF's conformance suite drives it: in this process, and as a real one.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { serveRepository, SimulatedTufRepository } from "@countermark/testkit";
import { tuf } from "../../packages/client/src/commands/tuf.ts";
import { DoorClient, NOW } from "./tuf-door/door.ts";

const BIN = join(import.meta.dirname, "../../packages/client/bin/countermark.js");

async function open(context: TestContext) {
  const repository = await SimulatedTufRepository.create(NOW);
  repository.list("file", "good");
  await repository.publish();
  const served = await serveRepository(repository);
  context.after(() => served[Symbol.asyncDispose]());
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  return { repository, served, client };
}

test("init asks nobody and leaves root.json as it was given", async (context) => {
  const { repository, served, client } = await open(context);
  assert.deepEqual(served.requests, []);
  assert.deepEqual(client.trustedFiles(), ["root.json"]);
  assert.deepEqual(client.trusted("root"), Buffer.from(repository.file("1.root.json")));
});

test("refresh asks for each file once, in order, and keeps all byte for byte", async (context) => {
  const { repository, served, client } = await open(context);
  const timestamp = Buffer.concat([repository.file("timestamp.json"), Buffer.from(" \n")]);
  repository.files.set("timestamp.json", timestamp);
  assert.equal((await client.refresh(served)).code, 0);
  assert.deepEqual(served.requests, ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]);
  assert.deepEqual(client.trustedFiles(), ["root.json", "snapshot.json", "targets.json", "timestamp.json"]);
  assert.deepEqual(client.trusted("timestamp"), timestamp);
  assert.deepEqual(client.trusted("snapshot"), Buffer.from(repository.file("2.snapshot.json")));
  assert.deepEqual(client.trusted("targets"), Buffer.from(repository.file("2.targets.json")));
});

test("a second refresh asks only whether there is anything new", async (context) => {
  const { served, client } = await open(context);
  await client.refresh(served);
  served.requests.length = 0;
  assert.equal((await client.refresh(served)).code, 0);
  assert.deepEqual(served.requests, ["2.root.json", "timestamp.json"]);
});

test("options stand before the verb, behind it, or around it, and addresses end in a slash or not", async (context) => {
  const { served, client } = await open(context);
  const url = served.metadataUrl.slice(0, -1);
  const folder = ["--metadata-dir", client.metadataDir];
  const orders = [
    [...folder, "--metadata-url", url, "refresh"],
    ["refresh", "--metadata-url", url, ...folder],
    [...folder, "refresh", `--metadata-url=${url}/`],
  ];
  for (const order of orders) assert.equal((await client.run(...order)).code, 0, order.join(" "));
});

test("several targets go in one command, and stdout names their files", async (context) => {
  const { repository, served, client } = await open(context);
  repository.list("dir/other", "good, too");
  await repository.publish();
  const { code, out } = await client.download(served, "file", "dir/other");
  assert.equal(code, 0);
  assert.deepEqual(out.split("\n"), [join(client.targetDir, "file"), join(client.targetDir, "dir%2Fother"), ""]);
  assert.equal(served.requests.filter((path) => path === "timestamp.json").length, 1, "one update serves them all");
});

test("what makes no sense ends with 1, says why, asks nobody and writes nothing", async (context) => {
  const { served, client } = await open(context);
  const folder = ["--metadata-dir", client.metadataDir];
  const url = ["--metadata-url", served.metadataUrl];
  const lines = [
    [],
    ["refresh"],
    folder,
    [...folder, "refresh"],
    [...url, "refresh"],
    [...folder, ...url, "refresh", "more"],
    [...folder, ...url, "update"],
    [...folder, "--metadata-url", "ftp://127.0.0.1/", "refresh"],
    [...folder, "--metadata-url", "no address", "refresh"],
    [...folder, ...url, "--verbose", "refresh"],
    [...folder, ...folder, ...url, "refresh"],
    [...folder, ...url, "refresh", "--target-dir"],
    [...folder, ...url, "download"],
    [...folder, ...url, "--target-name", "file", "--target-dir", client.targetDir, "download"],
    [...folder, "init"],
    [...folder, "init", join(client.folder, "nowhere")],
    [...folder, "init", client.folder],
    ["--help"],
  ];
  for (const line of lines) {
    const { code, err } = await client.run(...line);
    assert.equal(code, 1, line.join(" "));
    assert.match(err, /^error\[USAGE\]: /, line.join(" "));
  }
  assert.deepEqual(served.requests, []);
  assert.deepEqual(client.trustedFiles(), ["root.json"]);
});

test("messages show no control characters of what strangers wrote", async (context) => {
  const { served, client } = await open(context);
  const { code, err } = await client.download(served, "\u001b[31mred\u202e");
  assert.equal(code, 1);
  assert.doesNotMatch(err, /\u001b|\u202e/);
});

test("a mistake of ours ends with 1, too, and shows its stack", async (context) => {
  const { served, client } = await open(context);
  let err = "";
  const world = {
    get now(): number {
      throw new RangeError("no clock");
    },
    out: () => undefined,
    err: (text: string) => (err += text),
  };
  const args = ["--metadata-dir", client.metadataDir, "--metadata-url", served.metadataUrl, "refresh"];
  assert.equal(await tuf(args, world), 1);
  assert.match(err, /^error\[INTERNAL\]: [^]*RangeError: no clock\n    at /);
});

test("the real command: exit codes, output and files", async (context) => {
  const { client, repository } = await open(context);
  const command = (...args: readonly string[]) =>
    spawnSync(process.execPath, ["--conditions=countermark-source", BIN, "tuf", ...args], { encoding: "utf8" });
  const folder = join(client.folder, "of the process");
  const root = join(client.folder, "initial_root");
  const init = command("init", root, "--metadata-dir", folder);
  assert.equal(init.status, 0, init.stderr);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".json")),
    ["root.json"],
  );
  assert.equal(command().status, 1);
  assert.equal(command("--metadata-dir", folder, "--metadata-url", "http://127.0.0.1:1/", "refresh").status, 1);
  assert.equal(
    command("--metadata-dir", join(client.folder, "other"), "refresh", "--metadata-url", "http://127.0.0.1:1/").status,
    1,
  );
  assert.ok(repository.files.size > 0);
});

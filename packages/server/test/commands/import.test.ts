import assert from "node:assert/strict";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { fileUrl } from "@countermark/repository";
import {
  makeSdist,
  makeWheel,
  sha256,
  writeDistributions,
  type Distribution,
} from "../../../../test/harness/distributions/distributions.ts";
import { Scope, scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { initialise } from "../../src/ceremony/init.ts";
import { ask, CHOICES } from "../serving.ts";
import { serve, server, serverWithLimit, startServer, written } from "./command.ts";

interface Summary {
  readonly published: number;
  readonly known: number;
  readonly refused: number;
  readonly ignored: number;
  readonly notReached: number;
}

interface Line {
  readonly file?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly summary?: Summary;
}

async function newIndex(scope: Scope): Promise<{ folder: string; data: string; from: string }> {
  const folder = temporaryFolder(scope);
  const [data, from] = [join(folder, "data"), join(folder, "from")];
  await initialise({ ...CHOICES, data, keys: join(folder, "keys"), now: Date.now() });
  await mkdir(from);
  return { folder, data, from };
}

const lines = (stdout: string): Line[] =>
  stdout
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Line);

async function importing(data: string, from: string): Promise<{ code: number; lines: Line[]; summary: Summary }> {
  const { code, stdout, stderr } = await server("import", "--data", data, "--json", from);
  const all = lines(stdout);
  const summary = all.at(-1)?.summary;
  assert.ok(summary !== undefined, stderr);
  return { code, lines: all.slice(0, -1), summary };
}

const some = (count: number): Distribution[] =>
  Array.from({ length: count }, (_, index) => makeWheel({ name: `project-${index % 20}`, version: `1.${index}` }));

test("good files come in, bad ones are told of, with code and reason", async (t) => {
  const { data, from, folder } = await newIndex(scopeOf(t));
  const wheel = makeWheel({ name: "good", version: "1.0" });
  await mkdir(join(from, "deep", ".hidden"), { recursive: true });
  writeDistributions(from, [wheel, makeSdist({ name: "source", version: "2.0" })]);
  writeDistributions(join(from, "deep"), [makeWheel({ name: "below", version: "1.0" })]);
  writeDistributions(join(from, "deep", ".hidden"), [makeWheel({ name: "hidden", version: "1.0" })]);
  const lie = { filename: "other-1.0-py3-none-any.whl", bytes: wheel.bytes };
  const cut = { filename: "cut-1.0-py3-none-any.whl", bytes: wheel.bytes.subarray(0, 300) };
  const text = { filename: "text-1.0-py3-none-any.whl", bytes: Buffer.from("not a wheel") };
  const name = { filename: "no version.whl", bytes: wheel.bytes };
  writeDistributions(from, [lie, cut, text, name]);
  await writeFile(join(from, "README.txt"), "ignored");
  await writeFile(join(folder, "outside-1.0-py3-none-any.whl"), wheel.bytes);
  await symlink(join(folder, "outside-1.0-py3-none-any.whl"), join(from, "linked-1.0-py3-none-any.whl"));
  const first = await importing(data, from);
  assert.equal(first.code, 1);
  assert.deepEqual(
    { ...first.summary, seconds: 0 },
    { published: 3, known: 0, refused: 4, ignored: 2, notReached: 0, seconds: 0 },
  );
  const refused = new Map(first.lines.filter(({ outcome }) => outcome === "refused").map((line) => [line.file, line]));
  assert.deepEqual([...refused.keys()].sort(), [lie, cut, text, name].map(({ filename }) => filename).sort());
  assert.match(refused.get(name.filename)?.code ?? "", /^FILENAME$/);
  for (const { code, reason } of refused.values()) {
    assert.match(code ?? "", /^[A-Z_]+$/);
    assert.ok((reason ?? "").length > 10);
  }
  const people = await server("import", "--data", data, from);
  assert.equal(people.code, 1);
  assert.match(people.stdout, /^published 0 files .*\nhad 3 files already\npassed over 2 files .*\nrefused 4 files\n$/);
  assert.match(people.stderr, /error\[FILENAME\]: no version\.whl: /);
});

test("other content under a name that the index has is refused, and the first stays", async (t) => {
  const scope = scopeOf(t);
  const { data, from } = await newIndex(scope);
  const [first, second] = [
    makeWheel({ name: "same", version: "1.0" }),
    makeWheel({ name: "same", version: "1.0", source: "evil = 1\n" }),
  ];
  writeDistributions(from, [first]);
  await importing(data, from);
  writeDistributions(from, [second]);
  const { code, lines: outcomes } = await importing(data, from);
  assert.equal(code, 1);
  assert.deepEqual(
    outcomes.map(({ outcome, code: why }) => [outcome, why]),
    [["refused", "FILE_EXISTS"]],
  );
  const { url } = await serve(scope, data);
  assert.equal(sha256((await ask(url, `/${fileUrl("same", first.filename)}`)).body), sha256(first.bytes));
});

test("two names that differ only in spelling are one name", async (t) => {
  const { data, from } = await newIndex(scopeOf(t));
  const wheel = makeWheel({ name: "Same", version: "1.0" });
  const other = makeWheel({ name: "same", version: "1.0" });
  writeDistributions(from, [wheel, other]);
  const { summary } = await importing(data, from);
  assert.deepEqual([summary.published, summary.refused], [1, 1]);
});

test("an import while the index serves is seen as soon as it is told of", async (t) => {
  const scope = scopeOf(t);
  const { data, from } = await newIndex(scope);
  const { url } = await serve(scope, data);
  assert.equal((await ask(url, "/simple/project-1/")).status, 404);
  writeDistributions(from, some(40));
  const { summary } = await importing(data, from);
  assert.equal(summary.published, 40);
  const page = (await ask(url, "/simple/project-1/")).body.toString();
  assert.match(page, /project_1-1\.1-.*project_1-1\.21-/s);
});

test("two imports of the same folder at once: every file is in, once", async (t) => {
  const scope = scopeOf(t);
  const { data, from } = await newIndex(scope);
  const files = some(60);
  writeDistributions(from, files);
  const both = await Promise.all([importing(data, from), importing(data, from)]);
  for (const { code, summary } of both) {
    assert.equal(code, 0);
    assert.equal(summary.published + summary.known, 60);
  }
  const { url } = await serve(scope, data);
  for (const project of ["project-0", "project-19"]) {
    const page = (await ask(url, `/simple/${project}/`)).body.toString();
    assert.equal([...page.matchAll(/<a /g)].length, 3, project);
  }
});

test("killed again and again while it imports: what was told of as published stays, the rest follows", async (t) => {
  const scope = scopeOf(t);
  const { data, from } = await newIndex(scope);
  const files = some(150);
  writeDistributions(from, files);
  const { url } = await serve(scope, data);
  const acknowledged = new Set<string>();
  for (let round = 0; round < 6; round += 1) {
    const process = startServer(scope, ["import", "--data", data, "--json", from]);
    if (round % 2 === 0) await Promise.race([process.ended, written(process, /"published"/).catch(() => undefined)]);
    else await sleep(500 + 60 * round);
    const { stdout } = await process.kill();
    for (const { file, outcome } of lines(stdout)) if (outcome === "published") acknowledged.add(file ?? "");
    for (const file of acknowledged) {
      const project = file.slice(0, file.indexOf("-1.")).replaceAll("_", "-");
      assert.equal((await ask(url, `/${fileUrl(project, file)}`, {}, "HEAD")).status, 200, file);
    }
  }
  const { code, summary } = await importing(data, from);
  assert.equal(code, 0);
  assert.equal(summary.published + summary.known, 150);
  for (const { filename, bytes } of files) {
    const project = filename.slice(0, filename.indexOf("-1.")).replaceAll("_", "-");
    assert.equal(sha256((await ask(url, `/${fileUrl(project, filename)}`)).body), sha256(bytes));
  }
  const staging = join(data, "blobs", "staging");
  for (const owner of await readdir(staging)) assert.deepEqual(await readdir(join(staging, owner)), []);
});

/** More than an import has begun at a time: what waits for a publication, and what threads have been given ahead. */
const MANY = 5000;

test("asked to stop, an import ends what it has begun and says what is left", async (t) => {
  const scope = scopeOf(t);
  const { data, from, folder } = await newIndex(scope);
  const all = some(MANY);
  writeDistributions(from, all);
  const process = startServer(scope, ["import", "--data", data, "--json", from]);
  await written(process, /"published"/);
  const { code, stdout, stderr } = await process.stop();
  const summary = lines(stdout).at(-1)?.summary;
  assert.ok(summary !== undefined, stderr);
  assert.equal(summary.published + summary.notReached, MANY);
  if (code === 0) assert.equal(summary.published, MANY, "it was faster than the signal");
  else {
    assert.equal(code, 130);
    assert.ok(summary.notReached > 0);
    assert.match(stderr, /run the same command to go on/);
  }
  const told = new Set(lines(stdout).map(({ file }) => file));
  const has = all.filter(({ filename }) => told.has(filename)).slice(0, 50);
  const lacks = all.filter(({ filename }) => !told.has(filename)).slice(0, 50);
  const next = join(folder, "next");
  writeDistributions(next, [...has, ...lacks]);
  const again = await importing(data, next);
  assert.deepEqual([again.summary.known, again.summary.published], [has.length, lacks.length]);
});

test("without an index or a folder there is a clear error", async (t) => {
  const scope = scopeOf(t);
  const { data, folder } = await newIndex(scope);
  const none = await server("import", "--data", join(folder, "nothing"), folder);
  assert.deepEqual([none.code, /^error\[NO_INDEX\].*\n\nhint: make one: /.test(none.stderr)], [65, true], none.stderr);
  const absent = await server("import", "--data", data, join(folder, "absent"));
  assert.deepEqual([absent.code, absent.stderr.startsWith("error[NO_SUCH_PATH]")], [65, true], absent.stderr);
  const empty = temporaryFolder(scope);
  assert.equal((await server("import", "--data", data, empty)).code, 0);
});

test("on a disk that takes no more, an import ends with what was published and goes on later", async (t) => {
  const { data, from } = await newIndex(scopeOf(t));
  const big = makeWheel({ name: "big", version: "1.0", extra: [["data.bin", new Uint8Array(300_000)]] });
  writeDistributions(from, [makeWheel({ name: "a-small", version: "1.0" }), big]);
  const { code, stdout, stderr } = await serverWithLimit(500, "import", "--data", data, "--json", from);
  assert.equal(code, 73, stderr);
  assert.match(stderr, /error\[(DISK_FULL|IO)\]: .+\n\nhint: /);
  const before = lines(stdout).at(-1)?.summary;
  assert.ok(before !== undefined && before.published <= 1);
  const { code: again, summary } = await importing(data, from);
  assert.deepEqual([again, summary.published + summary.known], [0, 2]);
});

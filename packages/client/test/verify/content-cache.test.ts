import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ContentCache, type Content } from "../../src/verify/cache/content-cache.ts";
import { refused } from "../fixture/visitor.ts";

interface Place extends Disposable {
  readonly folder: string;
  readonly cache: ContentCache;
}

function openPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "countermark-cache-"));
  return {
    folder,
    cache: new ContentCache(folder),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function contentOf(bytes: Uint8Array): Content {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), length: bytes.length };
}

async function* chunks(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  );
}

async function readAll(cache: ContentCache, content: Content): Promise<string | undefined> {
  const open = await cache.open(content);
  if (open === undefined) return undefined;
  const text = (await open.handle.readFile()).toString();
  await open.handle.close();
  return text;
}

/** Takes a file in, and says what the open file that comes back holds; `false` when none does. */
async function takeIn(cache: ContentCache, content: Content, ...parts: string[]): Promise<string | false> {
  const open = await cache.take(content, chunks(...parts));
  if (open === false) return false;
  const { buffer, bytesRead } = await open.handle.read(Buffer.alloc(content.length + 1), 0, content.length + 1, 0);
  await open.handle.close();
  const text = buffer.subarray(0, bytesRead).toString();
  assert.equal(open.length, bytesRead);
  assert.equal(Buffer.from(open.bytes ?? text).toString(), text);
  return text;
}

for (const [what, parts] of [
  ["short", ["ab", "cd", "ef"]],
  ["long", ["ab".repeat(400_000), "cd".repeat(400_000)]],
  ["empty", []],
] as const) {
  test(`what was taken in comes out again, at once and later, in pieces or whole: ${what}`, async () => {
    using place = openPlace();
    const text = parts.join("");
    const content = contentOf(Buffer.from(text));
    assert.equal(await takeIn(place.cache, content, ...parts), text);
    assert.equal(await readAll(place.cache, content), text);
    const got = await place.cache.get(content.sha256, content.length);
    assert.ok(got !== undefined && Buffer.from(got).equals(Buffer.from(text)));
    assert.deepEqual(filesIn(place.folder), [content.sha256]);
  });
}

test("a long file that is another one is not kept either", async () => {
  using place = openPlace();
  const content = contentOf(Buffer.from("ab".repeat(600_000)));
  assert.equal(await takeIn(place.cache, content, "ab".repeat(599_999), "aX"), false);
  assert.deepEqual(filesIn(place.folder), []);
});

for (const [what, given] of [
  ["other bytes", "abcdeX"],
  ["too few bytes", "abcde"],
  ["too many bytes", "abcdefg"],
] as const) {
  test(`${what} are not kept, and nothing is left of them`, async () => {
    using place = openPlace();
    const content = contentOf(Buffer.from("abcdef"));
    assert.equal(await place.cache.take(content, chunks(given)), false);
    assert.equal(await place.cache.open(content), undefined);
    assert.deepEqual(filesIn(place.folder), []);
  });
}

test("a download that breaks off leaves nothing", async () => {
  using place = openPlace();
  const failure = new Error("cut");
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from("abc"));
    throw failure;
  }
  await assert.rejects(place.cache.take(contentOf(Buffer.from("abcdef")), broken()), failure);
  assert.deepEqual(filesIn(place.folder), []);
});

for (const [what, forged] of [
  ["forged", "XXXXXX"],
  ["torn", "abc"],
  ["emptied", ""],
  ["grown", "abcdefabcdef"],
] as const) {
  test(`an entry that was ${what} is not believed, and is removed`, async () => {
    using place = openPlace();
    const bytes = Buffer.from("abcdef");
    const content = contentOf(bytes);
    const path = join(place.folder, content.sha256.slice(0, 2), content.sha256);
    for (const read of [() => place.cache.open(content), () => place.cache.get(content.sha256, 6)]) {
      await place.cache.put(bytes);
      writeFileSync(path, forged);
      assert.equal(await read(), undefined);
      assert.deepEqual(filesIn(place.folder), []);
    }
  });
}

test("an entry that is swapped while it is open does not change what is read", async () => {
  using place = openPlace();
  const bytes = Buffer.from("abcdef");
  const content = contentOf(bytes);
  await place.cache.put(bytes);
  const open = (await place.cache.open(content)) ?? assert.fail();
  rmSync(join(place.folder, content.sha256.slice(0, 2), content.sha256));
  writeFileSync(join(place.folder, content.sha256.slice(0, 2), content.sha256), "XXXXXX");
  assert.equal((await open.handle.readFile()).toString(), "abcdef");
  await open.handle.close();
});

test("an entry that is overwritten while it is open does not change what is kept of it in memory", async () => {
  using place = openPlace();
  const bytes = Buffer.from("abcdef");
  const content = contentOf(bytes);
  await place.cache.put(bytes);
  const open = (await place.cache.open(content)) ?? assert.fail();
  writeFileSync(join(place.folder, content.sha256.slice(0, 2), content.sha256), "XXXXXX");
  assert.equal((await open.handle.readFile()).toString(), "XXXXXX", "the file itself is another one by now");
  assert.equal(Buffer.from(open.bytes ?? []).toString(), "abcdef");
  await open.handle.close();
});

for (const [what, length] of [
  ["read at once", 1 << 16],
  ["read beside other work", (1 << 16) + 1],
  ["kept whole", 1 << 20],
  ["too long to be kept", (1 << 20) + 1],
] as const) {
  test(`a file of a length that is ${what} comes out as it went in`, async () => {
    using place = openPlace();
    const bytes = Buffer.alloc(length, "0123456789abcdef-");
    const content = contentOf(bytes);
    await place.cache.put(bytes);
    assert.ok(bytes.equals((await place.cache.get(content.sha256, length)) ?? Buffer.of()));
    const open = (await place.cache.open(content)) ?? assert.fail();
    assert.equal(open.bytes?.length, what === "too long to be kept" ? undefined : length);
    assert.ok(bytes.equals(open.bytes ?? (await open.handle.readFile())));
    await open.handle.close();
  });
}

test("a pipe in place of an entry keeps nobody waiting", { skip: process.platform === "win32" }, async () => {
  using place = openPlace();
  const content = contentOf(Buffer.from("abcdef"));
  mkdirSync(join(place.folder, content.sha256.slice(0, 2)));
  execFileSync("mkfifo", [join(place.folder, content.sha256.slice(0, 2), content.sha256)]);
  assert.equal(await place.cache.get(content.sha256, 6), undefined);
});

test("an entry larger than it may be is not read", async () => {
  using place = openPlace();
  const bytes = Buffer.from("abcdef");
  await place.cache.put(bytes);
  assert.equal(await place.cache.get(contentOf(bytes).sha256, 5), undefined);
});

test("a folder in place of an entry is not believed", async () => {
  using place = openPlace();
  const content = contentOf(Buffer.from("abcdef"));
  mkdirSync(join(place.folder, content.sha256.slice(0, 2), content.sha256), { recursive: true });
  assert.equal(await place.cache.open(content), undefined);
  assert.equal(await place.cache.get(content.sha256, 100), undefined);
});

test("a cache that cannot be written costs metadata nothing, and refuses distributions with a reason", async () => {
  using place = openPlace();
  const file = join(place.folder, "file");
  writeFileSync(file, "");
  const cache = new ContentCache(join(file, "cache"));
  await cache.put(Buffer.from("abcdef"));
  await refused(
    cache.take(contentOf(Buffer.from("abcdef")), chunks("abcdef")),
    "CACHE_UNUSABLE",
    /cannot write the cache/,
  );
});

test("what a killed process left half-written is swept away after a day, and nothing else", async () => {
  using place = openPlace();
  await place.cache.sweep(Date.now());
  await place.cache.put(Buffer.from("abcdef"));
  const [kept] = filesIn(place.folder);
  const now = Date.now();
  for (const [name, age] of [
    ["old", 25 * 60 * 60_000],
    ["new", 60_000],
  ] as const) {
    const path = join(place.folder, "incoming", name);
    writeFileSync(path, "half");
    utimesSync(path, (now - age) / 1000, (now - age) / 1000);
  }
  await place.cache.sweep(now);
  assert.deepEqual([...filesIn(place.folder)].sort(), [kept, "new"].sort());
});

test("what is put away without waiting is there when the cache has settled", async () => {
  using place = openPlace();
  const contents = ["a", "b", "c"].map((text) => Buffer.from(text));
  for (const bytes of contents) void place.cache.put(bytes);
  await place.cache.settled();
  for (const bytes of contents) assert.equal(await readAll(place.cache, contentOf(bytes)), bytes.toString());
});

test("many at once take in one file and each has it", async () => {
  using place = openPlace();
  const content = contentOf(Buffer.from("abcdef"));
  const taken = await Promise.all(Array.from({ length: 20 }, () => takeIn(place.cache, content, "abc", "def")));
  assert.deepEqual(new Set(taken), new Set(["abcdef"]));
  assert.deepEqual(filesIn(place.folder), [content.sha256]);
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { judgeProjectIndex, type ProjectIndexHints } from "../../src/config/project-index.ts";
import { readProjectSettings, searchedFolders } from "../../src/config/project-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "countermark-project-"));
after(() => {
  rmSync(folder, { recursive: true });
});
const home = join(folder, "home");
const clone = join(home, "work", "clone");
const deep = join(clone, "src", "deep");
mkdirSync(deep, { recursive: true });
mkdirSync(join(clone, ".git"));

const ROOT = "a".repeat(64);
const LINE = `ceremony=2 root=1@${ROOT} targets=2 claimed=2 sealed=2`;

async function read(text: string): ReturnType<typeof readProjectSettings> {
  const path = join(clone, "countermark.toml");
  rmSync(path, { force: true });
  writeFileSync(path, text);
  return await readProjectSettings({ from: deep, home });
}

test("a project's file is searched up to the top of its git repository, and never in or above the home folder", () => {
  assert.deepEqual(searchedFolders({ from: deep, home }), [deep, join(clone, "src"), clone]);
  const loose = join(home, "work", "loose");
  assert.deepEqual(searchedFolders({ from: loose, home }), [loose, join(home, "work")]);
  assert.deepEqual(searchedFolders({ from: home, home }), []);
  const outside = join(folder, "outside", "deep");
  assert.deepEqual(searchedFolders({ from: outside, home: "/nowhere" }), [outside], "others may write above it");
});

test("a project may name an index with its root and floor, and tighten policies", async () => {
  const settings = await read(
    `index = "https://a.example/simple/"\nroot = "${ROOT}"\nfloor = "${LINE}"\npolicy = "sealed"\npolicies = { flask = "claimed" }\n`,
  );
  assert.equal(settings?.index?.url, "https://a.example/");
  assert.equal(settings.index.root, ROOT);
  assert.equal(settings.index.floor?.ceremony, 2);
  assert.equal(settings.policies.general, "sealed");
  assert.equal(settings.policies.rules.of("flask"), "claimed");
});

for (const line of [
  'allow-hosts = ["evil.example"]',
  "observe-until = 2030-01-01",
  'indexes = [{ url = "https://evil.example", projects = ["flask"] }]',
  'proxy = "http://evil.example"',
  'ca = "evil.pem"',
  "forget = true",
  'policy = "any"',
]) {
  test(`a hostile project's file is refused with a code: ${line}`, async () => {
    await assert.rejects(read(`${line}\n`), { code: "PROJECT_FORBIDDEN", exitCode: 65, hint: /came with the project/ });
  });
}

for (const [what, text] of [
  ["a setting that nobody knows", "polcy = 'claimed'"],
  ["a floor without an index", `floor = "${LINE}"`],
  ["a root without an index", `root = "${ROOT}"`],
  ["a root that is none", 'index = "https://a.example"\nroot = "abc"'],
  ["a floor line that is none", 'index = "https://a.example"\nfloor = "ceremony=0"'],
  ["an address with a password", 'index = "https://me:secret@a.example/"'],
  ["a file without end", `x = "${"x".repeat(300_000)}"`],
  ["deep nesting", "[".repeat(2000)],
] as const) {
  test(`what cannot be used in a project's file is refused: ${what}`, async () => {
    await assert.rejects(read(`${text}\n`), (error: Error & { code?: string }) => {
      assert.equal(error.code, "CONFIG_INVALID");
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

test("a link in a clone is not followed, to whatever file or device it leads", async () => {
  const path = join(clone, "countermark.toml");
  for (const target of ["/dev/zero", join(home, "private.toml")]) {
    rmSync(path, { force: true });
    symlinkSync(target, path);
    await assert.rejects(readProjectSettings({ from: deep, home }), { code: "CONFIG_INVALID", message: /is a link/ });
  }
  rmSync(path);
  mkdirSync(path);
  await assert.rejects(readProjectSettings({ from: deep, home }), { code: "CONFIG_INVALID", message: /not a regular/ });
  rmSync(path, { recursive: true });
});

const A = { id: ROOT, url: "https://a.example/" };
const B = { id: "b".repeat(64), url: "https://b.example/" };

function judge(index: { url: string; root?: string }, hints: Partial<ProjectIndexHints> = {}) {
  const base = { pinned: [A], usual: A, confirmed: () => false, jobsRoot: undefined };
  return judgeProjectIndex({ project: { path: "countermark.toml", index }, ...base, ...hints });
}

test("an index that the user would use anyway, or has confirmed, needs nothing; another one needs a person", () => {
  assert.deepEqual(judge({ url: A.url }), { repository: A, needs: "nothing" });
  assert.deepEqual(judge({ url: A.url, root: A.id }), { repository: A, needs: "nothing" });
  const two = { pinned: [A, B], usual: A };
  assert.equal(judge({ url: B.url }, two).needs, "confirmation", "a clone must not choose the weaker of two");
  assert.equal(judge({ url: B.url }, { ...two, confirmed: () => true }).needs, "nothing");
  assert.deepEqual(judge({ url: B.url, root: B.id }), { repository: B, needs: "confirmation" });
  assert.throws(() => judge({ url: B.url }), { code: "PROJECT_UNCONFIRMED" }, "nothing to compare");
});

test("in a job only the fingerprint in its own settings counts", () => {
  const job = { pinned: [], usual: undefined, jobsRoot: A.id };
  assert.deepEqual(judge({ url: A.url }, job), { repository: A, needs: "pinning" });
  assert.throws(() => judge({ url: A.url, root: B.id }, job), { code: "PROJECT_UNCONFIRMED", message: /another root/ });
  assert.throws(() => judge({ url: B.url }, { pinned: [B], usual: undefined, jobsRoot: A.id }), {
    code: "PROJECT_UNCONFIRMED",
  });
});

test("a host whose index is trusted gets no other root, port or scheme from a project, whoever confirms", () => {
  const willing = { confirmed: () => true, jobsRoot: B.id };
  for (const index of [
    { url: A.url, root: B.id },
    { url: "http://a.example/", root: B.id },
    { url: "https://a.example:8443/", root: B.id },
    { url: "https://a.example/other/", root: B.id },
  ]) {
    assert.throws(() => judge(index, willing), { code: "PROJECT_REROOT", exitCode: 1 }, index.url);
  }
});

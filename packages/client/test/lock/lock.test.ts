import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ProjectListing, ReleaseFile } from "@countermark/repository";
import { judgeLocked } from "../../src/lock/judge-lock.ts";
import type { LockedFile, LockedProject } from "../../src/lock/locked-project.ts";
import { readLock } from "../../src/lock/read-lock.ts";
import { readRequirements } from "../../src/lock/requirements.ts";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox } from "../fixture/sandbox.ts";

const folder = mkdtempSync(join(tmpdir(), "countermark-lock-"));
after(() => {
  rmSync(folder, { recursive: true });
});
const H = (digit: string) => digit.repeat(64);

async function read(name: string, text: string): Promise<readonly LockedProject[]> {
  writeFileSync(join(folder, name), text);
  return await readLock(join(folder, name));
}

function statusOf(file: LockedFile, version = "1.0"): string {
  const release = (filename: string, sha256: string): ReleaseFile => ({ filename, sha256, length: 1, uploadTime: 0 });
  const files = [release("a-1.0-py3-none-any.whl", H("1")), release("a-2.0-py3-none-any.whl", H("2"))];
  const listing = { project: "a", files } as unknown as ProjectListing;
  return judgeLocked({ project: "a", version, origin: { kind: "index" }, files: [file] }, listing).status;
}

test("each hash is compared with the one that is signed for that name and version", () => {
  assert.equal(statusOf({ filename: "a-1.0-py3-none-any.whl", sha256: H("1") }), "verified");
  assert.equal(statusOf({ sha256: H("1") }, "1.0.0"), "verified");
  assert.equal(statusOf({ filename: "a-1.0-py3-none-any.whl", sha256: H("2") }), "other hash", "another file's");
  assert.equal(statusOf({ filename: "a-2.0-py3-none-any.whl", sha256: H("2") }), "other hash", "another version's");
  assert.equal(statusOf({ sha256: H("2") }), "other hash", "an old version behind a new one's name");
  assert.equal(statusOf({ sha256: H("3") }), "other hash");
  assert.equal(statusOf({ sha256: H("3") }, "3.0"), "not in the index");
  assert.equal(statusOf({ filename: "a-3.0-py3-none-any.whl", sha256: H("3") }, "3.0"), "not in the index");
  assert.equal(statusOf({ filename: "a-1.0-py3-none-any.whl" }), "without hash");
  assert.equal(statusOf({ sha256: H("1") }, "not a version"), "other hash");
});

test("what no index vouches for is told apart from what is the project's own", async () => {
  const uv = await read(
    "uv.lock",
    `[[package]]\nname = "own"\nsource = { editable = "." }
[[package]]\nname = "forked"\nsource = { git = "https://git.example/forked?rev=x#y" }
[[package]]\nname = "direct"\nsource = { url = "https://files.example/direct-1.0.tar.gz" }\nsdist = { hash = "sha256:${H("a")}" }\n`,
  );
  assert.deepEqual(
    uv.map((locked) => judgeLocked(locked, undefined).status),
    ["local", "from elsewhere", "from elsewhere"],
  );
  const poetry = await read(
    "poetry.lock",
    '[[package]]\nname = "f"\nsource = { type = "git", url = "ssh://git.example" }\n',
  );
  const pdm = await read("pdm.lock", '[[package]]\nname = "f"\ngit = "https://git.example"\n');
  const pylock = await read("pylock.toml", '[[packages]]\nname = "f"\nvcs = { url = "https://git.example" }\n');
  for (const [locked] of [poetry, pdm, pylock]) assert.equal(locked?.origin.kind, "elsewhere");
});

test("requirements.txt is read as pip does: comments, continued lines, options, direct URLs", () => {
  const { projects, options } = readRequirements(`# a comment
--index-url https://a.example/simple
-i=https://b.example/ # twice
Flask[async]==2.0 ; python_version > "3" \\
    --hash=sha256:${H("1")} \\
    --hash sha256:${H("2")}
loose>=1
direct @ https://files.example/direct-1.0.tar.gz
./local.whl
git+ssh://git@git.example/x
`);
  assert.deepEqual(options, [
    { option: "--index-url", value: "https://a.example/simple" },
    { option: "--index-url", value: "https://b.example/" },
  ]);
  assert.deepEqual(projects[0], {
    ...{ project: "flask", version: "2.0", origin: { kind: "index" } },
    files: [{ sha256: H("1") }, { sha256: H("2") }],
  });
  assert.deepEqual(
    projects.map(({ origin }) => origin.kind),
    ["index", "index", "elsewhere", "elsewhere", "elsewhere"],
  );
});

for (const [name, text] of [
  ["uv.lock", "package = 1"],
  ["uv.lock", "[[package]]\nversion = '1'"],
  ["poetry.lock", "[[package]]\nname = '../x'"],
  ["pdm.lock", "["],
  ["pylock.toml", "packages = [1]"],
] as const) {
  test(`a lock file that cannot be read is refused: ${name}: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(read(name, text), { code: "CONFIG_INVALID" });
  });
}

test("no file is downloaded, and one project that is refused fails the whole", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const file = await index.release({ name: "alphapkg", version: "1.0" });
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const path = join(folder, "requirements.txt");
  writeFileSync(path, `alphapkg==1.0 --hash=sha256:${file.sha256}\n`);
  const good = await user.countermark("lock", "verify", path);
  assert.equal(good.code, 0, good.stderr);
  assert.equal(good.stdout, "verified: alphapkg 1.0\n");
  assert.deepEqual(
    index.requests.filter((request) => /\.(whl|tar\.gz)/.test(request)),
    [],
  );
  writeFileSync(
    path,
    `alphapkg==1.0 --hash=sha256:${file.sha256}\nnobody==1 --hash=sha256:${H("1")}\nx @ https://x.example/\n`,
  );
  const bad = await user.countermark("lock", "verify", path);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /^not in the index: nobody 1$/m);
  assert.match(bad.stdout, /^from elsewhere: x\n {2}url https:\/\/x\.example\/$/m);
  assert.match(bad.stderr, /2 of 3 projects are not as signed/);
  assert.equal((await user.countermark("lock", "verify", join(folder, "other.lock"))).code, 64);
});

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { VERSION } from "../../src/version.ts";
import { TrustStore } from "../../src/verify/state/trust-store.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { BIN, openSandbox, runProgram, type Sandbox } from "../fixture/sandbox.ts";

const ALPHA = { name: "alphapkg", version: "1.0" };

async function trust(user: Sandbox, index: FixtureIndex): Promise<void> {
  const { code, stderr } = await user.countermark("trust", index.url, "--root", index.fingerprint);
  assert.equal(code, 0, stderr);
}

/** A refusal as every command tells it: one line with the code, a blank line, a hint; nothing on stdout. */
function assertError(
  ending: { code: number | null; stdout: string; stderr: string },
  code: number,
  line: RegExp,
): void {
  assert.match(ending.stderr, line);
  assert.match(ending.stderr, /^error\[[A-Z_]+\]: [^\n]*[^.\n]\n\nhint: [^\n]+\n$/);
  assert.equal(ending.stdout, "");
  assert.equal(ending.code, code);
}

test("help and version come on stdout, at once and without any trusted state", async () => {
  using user = openSandbox();
  const help = await user.countermark("--help");
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Examples:\n {2}countermark trust/);
  assert.match(help.stdout, /never with 0 when something asked of the index was refused\./);
  assert.equal((await user.countermark("--version")).stdout, `${VERSION}\n`);
  assert.ok(!existsSync(join(user.folder, "own")));
});

test("a reader who has seen enough ends nothing and is told nothing", async () => {
  using user = openSandbox();
  const node = [process.execPath, "--conditions=countermark-source", BIN];
  for (const args of [["--help"], ["completion", "bash"], ["status", "--json"]]) {
    const script =
      '{ until [ -e "$TMPDIR/gone" ]; do :; done; "$@"; echo "$?" >&2; } | { exec <&-; : > "$TMPDIR/gone"; }';
    const { stderr } = await runProgram("sh", ["-c", script, "sh", ...node, ...args], user.env);
    assert.equal(stderr, "0\n", args.join(" "));
  }
});

for (const args of [
  [],
  ["nonsense"],
  ["run"],
  ["trust"],
  ["trust", "http://127.0.0.1:1/"],
  ["agent", "--port", "x"],
  ["why"],
  ["floor", "raise"],
]) {
  test(`wrong usage ends with 64: countermark ${args.join(" ")}`, async () => {
    using user = openSandbox();
    const { code, stdout, stderr } = await user.countermark(...args);
    assert.equal(code, 64);
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  });
}

test("trust pins the right index, says so, and pinning it again changes nothing", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  await trust(user, index);
  const { stdout, code } = await user.countermark("status", "--json");
  assert.equal(code, 0);
  const [only, ...more] = JSON.parse(stdout) as { url: string; fingerprint: string; timestampVersion: number }[];
  assert.equal(only?.url, index.url);
  assert.equal(only.fingerprint, index.fingerprint);
  assert.equal(only.timestampVersion, 1);
  assert.deepEqual(more, []);
  assert.match((await user.countermark("status")).stdout, /last seen {3}timestamp 1/);
});

test("what people signed may not fall back from the moment on in which an index is trusted", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  const store = TrustStore.open(join(user.folder, "own", "config"));
  try {
    assert.equal(store.floor(index.fingerprint, "targets"), 1);
  } finally {
    store.close();
  }
});

test("a wrong fingerprint is refused, and nothing is written", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const ending = await user.countermark("trust", index.url, "--root", "0".repeat(64));
  assertError(
    ending,
    1,
    /^error\[TRUST_FINGERPRINT\]: the first root of .* has the fingerprint [0-9a-f]{64}, not 0{64}/,
  );
  assert.ok(!existsSync(join(user.folder, "own", "config")));
});

test("an index that does not verify is not trusted, though the fingerprint is right", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await index.repository.publish({ timestampExpires: index.repository.now - 1000 });
  assertError(await user.countermark("trust", index.url, "--root", index.fingerprint), 1, /METADATA_EXPIRED/);
  assert.ok(!existsSync(join(user.folder, "own", "config")));
});

test("what cannot be trusted for other reasons is told apart", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  assertError(
    await user.countermark("trust", index.url, "--root", "abc"),
    64,
    /error\[USAGE\]: the fingerprint is not/,
  );
  assertError(await user.countermark("trust", "nowhere", "--root", index.fingerprint), 64, /error\[USAGE\]/);
  index.repository.files.delete("1.root.json");
  assertError(await user.countermark("trust", index.url, "--root", index.fingerprint), 1, /error\[INDEX_INCOMPLETE\]/);
});

test("trust is taken back by --forget alone", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  assert.equal((await user.countermark("trust", index.url, "--forget")).code, 0);
  assert.equal((await user.countermark("status")).stdout, "no index is trusted yet\n");
  const again = await user.countermark("trust", index.url, "--forget");
  assert.equal(again.code, 64);
  assert.match(again.stderr, /error\[TRUST_MISSING\]/);
});

test("without a trusted index a run starts nothing and says what to do", async () => {
  using user = openSandbox();
  const ending = await user.countermark("run", "--", "touch", join(user.folder, "started"));
  assertError(
    ending,
    64,
    /error\[TRUST_MISSING\]: no index is trusted yet\n\nhint: run countermark trust URL --root FINGERPRINT/,
  );
  assert.ok(!existsSync(join(user.folder, "started")));
});

test("an index that is gone is said to be so before anything starts", async () => {
  using user = openSandbox();
  {
    await using index = await openFixtureIndex();
    await trust(user, index);
  }
  const ending = await user.countermark("run", "--", "touch", join(user.folder, "started"));
  assertError(ending, 69, /error\[INDEX_UNREACHABLE\]: cannot fetch http:.*ECONNREFUSED/);
  assert.ok(!existsSync(join(user.folder, "started")));
});

test("an older state than was seen before is refused, in another process", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const old = index.repository.file("timestamp.json");
  await index.release(ALPHA);
  await trust(user, index);
  index.repository.files.set("timestamp.json", old);
  assertError(await user.countermark("run", "--", "true"), 1, /error\[METADATA_ROLLBACK\]: timestamp has version 1/);
});

test("run ends as its command does, and says when there is none", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  const sh = async (script: string) => await user.countermark("run", "--", "sh", "-c", script);
  assert.deepEqual(await sh("echo out; echo err >&2; exit 3"), { code: 3, stdout: "out\n", stderr: "err\n" });
  assert.equal((await sh("kill -TERM $$")).code, 128 + 15);
  assertError(await user.countermark("run", "--", "no-such-command"), 127, /COMMAND_NOT_FOUND/);
  const file = join(user.folder, "not-executable");
  writeFileSync(file, "");
  const ending = await user.countermark("run", "--", file);
  assert.equal(ending.code, 126);
  assert.match(ending.stderr, /COMMAND_NOT_EXECUTABLE/);
});

test("run hands its options on untouched behind --, and takes a command without it, too", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  assert.equal((await user.countermark("run", "--", "echo", "--index", "-x", "--", "y")).stdout, "--index -x -- y\n");
  assert.equal((await user.countermark("run", "echo", "--json", "-h")).stdout, "--json -h\n");
});

test("a command that reaches for another host is refused that, told once, and may still succeed", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  const script =
    "import os, urllib.request as r\ntry: r.urlopen('https://files.example.org/x')\nexcept OSError as e: print(e)";
  const ending = await user.countermark("run", "--", "python3", "-c", script);
  assert.equal(ending.code, 0, ending.stderr);
  assert.match(ending.stdout, /403/);
  assert.match(ending.stderr, /^warning\[HOST_REFUSED\]: files\.example\.org:443 is not the trusted index\n\nhint: /);
});

test("why tells the chain of trust, in words or as JSON, and an absence as one", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await index.release(ALPHA);
  await trust(user, index);
  const words = await user.countermark("why", "AlphaPkg");
  assert.equal(words.code, 0, words.stderr);
  assert.match(words.stdout, /^alphapkg: 1 file; nobody but the index vouches for it \(ceremony 1\)\n/);
  assert.match(words.stdout, /root version 1: key holders, offline, 1 of 1 key/);
  assert.match(words.stdout, /unclaimed\.. version 2: the index itself, online/);
  assert.match(words.stdout, /To forge a file, breaking into the index is enough/);
  const json = JSON.parse((await user.countermark("why", "alphapkg", "--json")).stdout) as Record<string, unknown>;
  assert.equal(json["protection"], "unclaimed");
  assert.equal(json["fingerprint"], index.fingerprint);
  assert.match((await user.countermark("why", "other")).stdout, /it is verified that .* has no such project/);
  assertError(await user.countermark("why", "a b"), 64, /error\[USAGE\]/);
});

const mayWriteEverywhere = process.getuid?.() === 0 && "root may write everywhere";
test("a trusted state that cannot be written refuses to go on", { skip: mayWriteEverywhere }, async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  const config = join(user.folder, "own", "config");
  for (const name of readdirSync(config)) chmodSync(join(config, name), 0o400);
  chmodSync(config, 0o500);
  try {
    assertError(await user.countermark("run", "--", "true"), 73, /error\[STATE_UNUSABLE\]/);
  } finally {
    chmodSync(config, 0o700);
  }
});

test("a config folder that is none is told with its exit code", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  mkdirSync(join(user.folder, "own"));
  writeFileSync(join(user.folder, "own", "config"), "");
  assertError(await user.countermark("trust", index.url, "--root", index.fingerprint), 73, /error\[STATE_UNUSABLE\]/);
});

test("agent refuses a port that is taken", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, index);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  assertError(
    await user.countermark("agent", "--port", String(port)),
    69,
    /error\[PORT_IN_USE\]: port \d+ of 127\.0\.0\.1 is taken/,
  );
  other.close();
});

test("two runs at once share state and cache", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await index.release(ALPHA);
  await trust(user, index);
  // The interpreter itself: a version manager's launcher of this name takes turns, by a lock of its own that is not waited for.
  const asked = await runProgram("python3", ["-c", "import sys; print(sys.executable)"], user.env);
  const python = asked.stdout.trim();
  const runs = [1, 2, 3, 4].map((n) =>
    user.countermark(
      ...["run", "--", python, "-m", "pip", "install", "--target", join(user.folder, `site-${n}`), "alphapkg"],
    ),
  );
  for (const { code, stderr } of await Promise.all(runs)) assert.equal(code, 0, stderr);
  for (const n of [1, 2, 3, 4]) assert.ok(existsSync(join(user.folder, `site-${n}`, "alphapkg.py")));
});

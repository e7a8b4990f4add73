import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chooseIndex } from "../../src/config/choose-index.ts";
import { findFolders } from "../../src/config/folders.ts";
import { readSettings, SETTINGS_FILE } from "../../src/config/settings.ts";

const A = { id: "a".repeat(64), url: "https://a.example/" };
const B = { id: "b".repeat(64), url: "https://b.example/" };

test("folders are the platform's, XDG's where they are absolute, and one's own where that is set", () => {
  const hints = { home: "/home/x", platform: "linux", env: {} } as const;
  assert.deepEqual(findFolders(hints), { config: "/home/x/.config/countermark", cache: "/home/x/.cache/countermark" });
  const env = { XDG_CONFIG_HOME: "/xdg/config", XDG_CACHE_HOME: "relative/cache" };
  assert.deepEqual(findFolders({ ...hints, env }), {
    config: "/xdg/config/countermark",
    cache: "/home/x/.cache/countermark",
  });
  assert.deepEqual(findFolders({ ...hints, env: { ...env, COUNTERMARK_HOME: "/own" } }), {
    config: "/own/config",
    cache: "/own/cache",
  });
  assert.equal(findFolders({ ...hints, platform: "darwin" }).config, "/home/x/Library/Application Support/countermark");
  assert.match(findFolders({ ...hints, platform: "win32" }).cache, /countermark.cache$/);
});

test("the one trusted index is meant, or the one that is named or set", () => {
  assert.equal(chooseIndex([A], undefined, undefined), A);
  assert.equal(chooseIndex([A, B], undefined, B.url), B);
  assert.equal(chooseIndex([A, B], "https://a.example/simple/", B.url), A);
});

test("no index, too many, or another one than is trusted is told with what to do", () => {
  assert.throws(() => chooseIndex([], undefined, undefined), {
    code: "TRUST_MISSING",
    hint: /countermark trust URL --root/,
  });
  assert.throws(() => chooseIndex([A, B], undefined, undefined), { code: "TRUST_AMBIGUOUS", exitCode: 64 });
  assert.throws(() => chooseIndex([A], B.url, undefined), { code: "TRUST_MISSING", message: /b\.example/ });
  assert.throws(() => chooseIndex([A], "a.example", undefined), { code: "USAGE" });
  assert.throws(
    () => chooseIndex([A], "https://me:secret@a.example/", undefined),
    (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
});

test("settings are read strictly", async () => {
  const folder = mkdtempSync(join(tmpdir(), "countermark-config-"));
  try {
    assert.deepEqual(await readSettings(folder), {});
    const write = (text: string) => {
      writeFileSync(join(folder, SETTINGS_FILE), text);
    };
    write('index = "https://a.example/simple/"\n');
    assert.deepEqual(await readSettings(folder), { index: A.url });
    for (const wrong of [
      "index = 1\n",
      'indes = "https://a.example/"\n',
      "index = \n",
      'index = "nowhere"',
      "x".repeat(70_000),
    ]) {
      write(wrong);
      await assert.rejects(readSettings(folder), { code: "CONFIG_INVALID", exitCode: 65 }, wrong.slice(0, 40));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chooseIndex } from "../../src/config/choose-index.ts";
import { findFolders } from "../../src/config/folders.ts";
import { readUserSettings, SETTINGS_FILE } from "../../src/config/user-settings.ts";

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
  assert.match(findFolders({ ...hints, platform: "win32" }).cache, /AppData.Local.countermark$/);
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
    assert.equal((await readUserSettings(folder)).index, undefined);
    const write = (text: string) => {
      writeFileSync(join(folder, SETTINGS_FILE), text);
    };
    write(`index = "https://a.example/simple/"
policy = "sealed"
allow-hosts = ["GitHub.com", "localhost:8080"]
observe-until = 2030-05-17
policies = { Flask = "claimed", "acme_*" = "any" }
[[indexes]]
url = "https://b.example"
projects = ["acme-*", "Tool.Kit"]
policy = "claimed"
`);
    const settings = await readUserSettings(folder);
    assert.equal(settings.index, A.url);
    assert.deepEqual(settings.allowedHosts, ["github.com", "localhost:8080"]);
    assert.equal(settings.observeUntil, Date.UTC(2030, 4, 17));
    assert.deepEqual(
      [...settings.owners],
      [
        ["tool-kit", B.url],
        ["acme-*", B.url],
      ],
    );
    assert.deepEqual(
      [...settings.policies.rules],
      [
        ["flask", "claimed"],
        ["acme-*", "any"],
      ],
    );
    assert.deepEqual([...settings.indexPolicies], [[B.url, "claimed"]]);
    for (const wrong of [
      "index = 1\n",
      'indes = "https://a.example/"\n',
      "index = \n",
      'index = "nowhere"',
      `x = "${"x".repeat(300_000)}"`,
      'policy = "most"',
      'policies = { "acme*" = "any" }',
      'policies = { "-" = "any" }',
      'policies = { Flask = "any", flask = "claimed" }',
      'allow-hosts = ["*.example.org"]',
      'allow-hosts = ["https://a.example"]',
      'allow-hosts = "a.example"',
      "observe-until = true",
      "indexes = 1",
      'indexes = [{ projects = ["a"] }]',
      'indexes = [{ url = "https://a.example", root = "x" }]',
      'indexes = [{ url = "https://a.example", projects = ["a-*"] }, { url = "https://b.example", projects = ["A_*"] }]',
      'indexes = [{ url = "https://a.example" }, { url = "https://a.example/simple/" }]',
      "__proto__ = { x = 1 }",
      `a${".a".repeat(50)} = 1`,
    ]) {
      write(wrong);
      await assert.rejects(readUserSettings(folder), { code: "CONFIG_INVALID", exitCode: 65 }, wrong.slice(0, 80));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

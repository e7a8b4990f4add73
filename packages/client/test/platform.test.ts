/*
 * Where tools look for their settings on each system, from their own documentation: pip, "Configuration"; uv, "Configuration
 * files"; pdm, "Configuration" with platformdirs; poetry, "Configuration". macOS and Windows are not tried out, only named.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { nullDevice, opennessOf, pipFileOf, settingsFiles, userFolders, type Hints } from "../src/platform.ts";

const linux: Hints = { platform: "linux", home: "/home/x", env: {} };
const mac: Hints = { platform: "darwin", home: "/Users/x", env: {} };
const windows: Hints = {
  platform: "win32",
  home: "/x",
  env: { APPDATA: "/roaming", LOCALAPPDATA: "/local", PROGRAMDATA: "/all" },
};

test("a user's folders are where each system's programs keep them", () => {
  assert.deepEqual(userFolders(linux), { config: "/home/x/.config", cache: "/home/x/.cache" });
  assert.deepEqual(userFolders({ ...linux, env: { XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "not/absolute" } }), {
    ...{ config: "/c", cache: "/home/x/.cache" },
  });
  assert.deepEqual(userFolders(mac), {
    ...{ config: "/Users/x/Library/Application Support", cache: "/Users/x/Library/Caches" },
  });
  assert.deepEqual(userFolders(windows), { config: "/roaming", cache: "/local" });
});

test("each tool's settings are looked for on all its levels, the machine's first", () => {
  assert.deepEqual(settingsFiles("pip", linux), [
    ...["/etc/xdg/pip/pip.conf", "/etc/pip.conf", "/home/x/.pip/pip.conf", "/home/x/.config/pip/pip.conf"],
  ]);
  assert.deepEqual(settingsFiles("pip", { ...linux, env: { XDG_CONFIG_DIRS: "/a:/b" } }).slice(0, 2), [
    ...["/a/pip/pip.conf", "/b/pip/pip.conf"],
  ]);
  assert.deepEqual(settingsFiles("uv", linux), [
    ...["/etc/xdg/uv/uv.toml", "/etc/uv/uv.toml", "/home/x/.config/uv/uv.toml"],
  ]);
  assert.deepEqual(settingsFiles("pdm", linux), ["/etc/xdg/pdm/config.toml", "/home/x/.config/pdm/config.toml"]);
  assert.deepEqual(settingsFiles("poetry", linux), ["/home/x/.config/pypoetry/config.toml"]);
  assert.deepEqual(settingsFiles("pip", mac), [
    ...["/Library/Application Support/pip/pip.conf", "/Users/x/.pip/pip.conf"],
    ...["/Users/x/Library/Application Support/pip/pip.conf", "/Users/x/.config/pip/pip.conf"],
  ]);
  assert.deepEqual(settingsFiles("uv", mac).at(-1), "/Users/x/.config/uv/uv.toml");
  assert.deepEqual(settingsFiles("pip", windows), [
    ...["/all/pip/pip.ini", "/x/pip/pip.ini", "/roaming/pip/pip.ini"].map((path) => join(path)),
  ]);
  assert.deepEqual(settingsFiles("uv", windows), ["/all/uv/uv.toml", "/roaming/uv/uv.toml"]);
  assert.deepEqual(settingsFiles("pdm", windows), ["/all/pdm/pdm/config.toml", "/local/pdm/pdm/config.toml"]);
  assert.deepEqual(settingsFiles("conda", linux).at(-1), "/home/x/.condarc");
  assert.deepEqual([pipFileOf("/venv", linux), pipFileOf("/venv", windows)], ["/venv/pip.conf", "/venv/pip.ini"]);
});

test("the empty file is spelled as Python spells it, for pip compares the text", () => {
  assert.deepEqual([linux, mac, windows].map(nullDevice), ["/dev/null", "/dev/null", "nul"]);
});

test("who else has power over a file is told from its owner and permissions", () => {
  const own = process.getuid?.() ?? 0;
  const mine = { owner: "own", othersWrite: false, allWrite: false, sticky: false };
  assert.deepEqual(opennessOf({ uid: own, mode: 0o700 }), mine);
  assert.deepEqual(opennessOf({ uid: own, mode: 0o770 }), { ...mine, othersWrite: true });
  assert.deepEqual(opennessOf({ uid: own + 1, mode: 0o1777 }), {
    ...{ owner: "other", othersWrite: true, allWrite: true, sticky: true },
  });
});

/* uv's own settings for a proxy outweigh the environment's, and so do hatch's variables: a run does not start where it sees one. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { requireNoToolProxy } from "../../src/run/tool-proxy.ts";

interface Clone extends Disposable {
  readonly folder: string;
  /** Starts `args` in `at` below the clone, with nothing in the environment but `env` and an empty home. */
  start(args?: readonly string[], at?: string, env?: NodeJS.ProcessEnv): Promise<void>;
}

function cloneOf(files: Readonly<Record<string, string>>): Clone {
  const folder = mkdtempSync(join(tmpdir(), "countermark-uv-"));
  for (const [path, text] of Object.entries({ "home/x": "", ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const home = { XDG_CONFIG_HOME: join(folder, "home"), XDG_CONFIG_DIRS: join(folder, "etc") };
  return {
    folder,
    start: (args = [], at = "", env = {}) => requireNoToolProxy({ ...home, ...env }, join(folder, at), args),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

const PROXY = 'https-proxy = "http://x.example:1"\n';
const IN_PROJECT = `[tool.uv]\n${PROXY}`;
const script = (text: string) => `#!/usr/bin/env python\n# /// script\n${text.replace(/^/gm, "# ")}\n# ///\nprint()\n`;
const stops = { code: "TOOL_PROXY" };

test("a proxy in any file that uv would read stops the run", async () => {
  for (const [path, text] of [
    ["pyproject.toml", IN_PROJECT],
    ["pyproject.toml", "[tool.uv]\nno-proxy = []\n"],
    ["pyproject.toml", 'tool.uv."http\\u002dproxy" = "http://x.example:1"\n'],
    ["pyproject.toml", 'tool = { uv = { "\\U00000068ttp-proxy" = "http://x.example:1" } }\n'],
    ["pyproject.toml", `${IN_PROJECT}this is no TOML`],
    ["pyproject.toml", `${IN_PROJECT}# ${"x".repeat(5_000_000)}`],
    ["pyproject.toml", '[tool.hatch.envs.default.env-vars]\nno_proxy = "*"\n'],
    ["hatch.toml", '[envs.ci.env-vars]\nPIP_CONFIG_FILE = "x"\n'],
    ["hatch.toml", '[envs.ci.env-vars]\nHTTPS_PROXY = ""\n'],
    ["hatch.toml", '[envs.ci.env-vars]\nNo_proxy = "*"\n'],
    ["hatch.toml", '[envs.ci.env-vars]\nREQUEST_METHOD = "GET"\n'],
    ["hatch.toml", '[envs.ci.env-vars]\nXDG_CONFIG_HOME = "{root}/x"\n'],
    ["hatch.toml", '[envs.ci.overrides]\nplatform.linux.env-vars = "NO_PROXY=*"\n'],
    ["hatch.toml", '[envs.ci.overrides]\nmatrix.x.set-env-vars = ["A=1", { key = "UV_CONFIG_FILE", value = "x" }]\n'],
    ["uv.toml", PROXY],
    ["home/uv/uv.toml", PROXY],
    ["etc/uv/uv.toml", PROXY],
  ] as const) {
    using clone = cloneOf({ [path]: text, "sub/deeper/x": "" });
    await assert.rejects(clone.start([], "sub/deeper"), stops, `${path}: ${text.slice(0, 60)}`);
  }
});

test("what says nothing of a proxy to uv stops nothing", async () => {
  using clone = cloneOf({
    "pyproject.toml":
      '[project]\nname = "http-proxy"\n[tool.other]\nhttp-proxy = "http://x.example:1"\n[tool.uv]\nindex-url = "x"\n[tool.hatch.envs.default.env-vars]\nMY_PROXY = "x"\n',
    "uv.toml": "# no http-proxy here\n",
    "plain.py": 'print("http-proxy")\n',
    "script.py": script('dependencies = ["http-proxy"]'),
    "elsewhere/uv.toml": PROXY,
    "data.bin": "\xff\xfe http-proxy",
  });
  await clone.start([
    "plain.py",
    "script.py",
    "data.bin",
    "no/such/file",
    "--x=",
    "a\0b",
    "home",
    `-c ${"print()\n".repeat(9999)}`,
  ]);
  await assert.rejects(clone.start([], "elsewhere"), stops, "the control");
  await clone.start([], "elsewhere", { UV_NO_CONFIG: "1" });
});

test("folders, files and scripts that the command line or the environment names are looked at, too", async () => {
  using clone = cloneOf({
    "here/x": "",
    "there/pyproject.toml": IN_PROJECT,
    "own.toml": PROXY,
    "own.cfg": PROXY,
    "alone/pyproject.toml": PROXY,
    "script.py": script(IN_PROJECT),
    "crlf.py": script(IN_PROJECT).replaceAll("\n", "\r\n"),
    "unended.py": script(IN_PROJECT).replace("# ///\nprint", "print"),
  });
  symlinkSync(join(clone.folder, "script.py"), join(clone.folder, "here", "link"));
  for (const args of [
    ["--project", "../there"],
    ["--directory=../there"],
    ["--config-file", "../own.toml"],
    ["run", "../script.py"],
    ["run", "../crlf.py"],
    ["run", "../unended.py"],
    ["run", "link"],
    ["--config-file", "../own.cfg"],
    ["--config-file=../alone/pyproject.toml"],
    ["--directory", "..", "--project", "there"],
    ["--directory", "..", "run", "script.py"],
    ["--directory", "..", "--config-file", "own.cfg"],
  ]) {
    await assert.rejects(clone.start(args, "here"), stops, args.join(" "));
  }
  for (const env of [
    { UV_PROJECT: "../there" },
    { UV_WORKING_DIR: "../there" },
    { UV_CONFIG_FILE: "../own.toml" },
    { UV_CONFIG_FILE: "../own.cfg" },
  ]) {
    await assert.rejects(clone.start([], "here", env), stops, Object.keys(env).join());
  }
  await clone.start(["run"], "here");
});

test("a proxy on the command line stops the run, wherever pip would read it from there", async () => {
  using clone = cloneOf({});
  for (const args of [
    ["--proxy", "http://x.example:1", "install", "flask"],
    ["install", "--proxy=", "flask"],
    ["install", "--prox", "", "flask"],
    ["install", "--pip-args=--proxy=http://x.example:1 --index-url http://x.example", "black"],
    ["install", "--pip-args", "-q --proxy ''", "black"],
    ["-c", "pip install --proxy '' flask"],
  ]) {
    await assert.rejects(clone.start(args), stops, args.join(" "));
  }
  await clone.start(["install", "--proxy-headers", "no--proxy", "--no-proxy", "my--proxy="]);
});

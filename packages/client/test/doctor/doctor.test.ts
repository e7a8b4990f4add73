import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { UNCAUGHT } from "../../src/gate/uncaught.ts";
import { checkClock } from "../../src/doctor/index-state.ts";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox, type Sandbox } from "../fixture/sandbox.ts";

const DAY = 24 * 60 * 60 * 1000;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What is found in the sandbox's own folders and variables: the machine that runs the test may have findings of its own. */
async function examine(user: Sandbox, folder: string, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const { stdout, code, stderr } = await user.countermarkIn({ folder, env }, "doctor", "--json");
  assert.ok(code === 0 || code === 1, stderr);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  assert.equal(code, findings.length === 0 ? 0 : 1);
  return findings
    .filter(({ where }) => !where.startsWith("/etc"))
    .map(({ check, reach, where }) => `${reach} ${check} ${where.replace(user.folder, "")}`)
    .sort();
}

/** A PATH with Node alone, in a folder that nobody else can write to. */
function ownPath(user: Sandbox, name = "bin"): string {
  const bin = join(user.folder, name);
  mkdirSync(bin, { mode: 0o755 });
  symlinkSync(process.execPath, join(bin, "node"));
  return bin;
}

test("nothing is found where nothing leads elsewhere, and each bypass is found, with its reach", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const folder = join(user.folder, "clone");
  mkdirSync(join(folder, ".git"), { recursive: true });
  await index.repository.publish({ timestampExpires: index.repository.now + DAY });
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  const PATH = ownPath(user);
  assert.deepEqual(await examine(user, folder, { PATH }), [], "the control");

  const home = join(user.folder, "home");
  write(join(home, ".config", "pip", "pip.conf"), "[global]\nextra-index-url = https://x.example/simple\n");
  write(join(home, ".pip", "pip.conf"), "[install]\ntrusted-host: x.example\n");
  write(join(user.folder, "venv", "pip.conf"), "[install]\nfind-links = /tmp\n");
  write(join(home, ".config", "uv", "uv.toml"), '[[index]]\nurl = "https://x.example/simple"\n');
  write(join(home, ".config", "pypoetry", "config.toml"), '[plugins.pypi_mirror]\nurl = "https://x.example/"\n');
  write(
    join(home, ".gitconfig"),
    '[user]\n\tproxy = no option of http\n[http "https://x.example"]\n\tProxy = http://y.example\n',
  );
  write(join(home, ".config", "git", "config"), '[url "ssh://git@x.example/"]\n  insteadOf = https://x.example/\n');
  write(join(home, ".curlrc"), '# proxy\nsilent\nnoproxy = "*"\n');
  write(join(home, ".config", "curlrc"), "--user-agent x\nproxy-header X\n");
  write(join(home, ".condarc"), "channels:\n  - conda-forge\nproxy_servers:\n  http: http://y.example\n");
  write(join(home, ".config", "pdm", "config.toml"), '[pypi.x]\nurl = "https://x.example/simple"\n');
  write(
    join(folder, "pyproject.toml"),
    `[project]\nname = "p"\ndependencies = ["flask", "direct @ https://x.example/direct-1.0.tar.gz", "g @ git+ssh://git@x.example/g"]
[[tool.uv.index]]\nname = "x"\nurl = "https://x.example/simple"
[tool.uv.sources]\nflask = { index = "x" }\nown = { path = "../own" }
[[tool.pdm.source]]\nname = "pypi"\nurl = "https://x.example/simple"
[[tool.poetry.source]]\nname = "x"\nurl = "https://x.example/simple"
[tool.poetry.group.dev.dependencies]\np = "^1"\nq = { git = "https://x.example/q" }\nr = { file = "r-1.whl" }
[tool.hatch.envs.ci.env-vars]\nCI = "1"\nNO_PROXY = "*"
[tool.hatch.envs.docs.env-vars]\nPIP_INDEX_URL = "https://x.example/simple"
[tool.pdm.scripts]\n_.env = { No_proxy = "*" }\nfine = { cmd = "x", env = { CI = "1" } }\n`,
  );
  write(join(folder, "hatch.toml"), '[envs.ci.overrides]\nplatform.linux.env-vars = "REQUEST_METHOD=GET"\n');
  write(join(folder, "uv.toml"), 'extra-index-url = ["https://x.example/simple"]\nhttp-proxy = "http://y.example"\n');
  write(join(folder, "pdm.toml"), '[pypi.x]\nurl = "https://x.example/simple"\n');
  write(join(folder, "environment.yml"), "channels: [x]\ndependencies:\n  - numpy\n");
  write(
    join(folder, "requirements.txt"),
    "--no-index\n--find-links ./wheels\n./own\n./wheels/z-1.0-py3-none-any.whl\n",
  );
  write(
    join(folder, "requirements-dev.txt"),
    "--extra-index-url https://x.example/simple\nz @ https://x.example/z.zip\n",
  );
  write(join(folder, "pdm.lock"), '[metadata]\nstrategy = ["static_urls"]\n');
  write(join(folder, "uv.lock"), '[[package]]\nname = "g"\nsource = { git = "https://x.example/g" }\n');
  write(join(folder, "poetry.lock"), "[[package]\n");
  write(join(user.folder, "fake", "countermark"), "#!/bin/sh\n");
  chmodSync(join(user.folder, "fake", "countermark"), 0o755);
  mkdirSync(join(user.folder, "open"));
  chmodSync(join(user.folder, "open"), 0o777);
  chmodSync(join(user.folder, "own"), 0o777);
  write(
    join(user.folder, "own", "config", "countermark.toml"),
    `observe-until = ${new Date(Date.now() + DAY).toISOString()}\n`,
  );
  const env = {
    PATH: [join(user.folder, "open"), join(user.folder, "fake"), PATH].join(":"),
    VIRTUAL_ENV: join(user.folder, "venv"),
    PIP_FIND_LINKS: "/tmp",
    UV_EXTRA_INDEX_URL: "https://x.example/simple",
  };
  assert.deepEqual(await examine(user, folder, env), [
    "agent conda /clone/environment.yml",
    "agent direct-url /clone/pyproject.toml",
    "agent direct-url /clone/pyproject.toml",
    "agent direct-url /clone/requirements-dev.txt",
    "agent direct-url /clone/uv.lock",
    "agent environment PIP_FIND_LINKS",
    "agent environment UV_EXTRA_INDEX_URL",
    "agent git-config /home/.config/git/config",
    "agent hatch-variables /clone/pyproject.toml",
    "agent pdm-sources /clone/pdm.toml",
    "agent pdm-sources /clone/pyproject.toml",
    "agent pdm-sources /home/.config/pdm/config.toml",
    "agent pip-config /home/.config/pip/pip.conf",
    "agent pip-config /home/.pip/pip.conf",
    "agent pip-config /venv/pip.conf",
    "agent poetry-config /home/.config/pypoetry/config.toml",
    "agent poetry-sources /clone/pyproject.toml",
    "agent requirements /clone/requirements-dev.txt",
    "agent requirements /clone/requirements.txt",
    "agent unreadable /clone/poetry.lock",
    "agent uv-proxy /clone/uv.toml",
    "agent uv-settings /clone/pyproject.toml",
    "agent uv-settings /clone/uv.toml",
    "agent uv-settings /home/.config/uv/uv.toml",
    "agent uv-sources /clone/pyproject.toml",
    "run conda /home/.condarc",
    "run curl-config /home/.curlrc",
    "run direct-url /clone/pyproject.toml",
    "run git-config /home/.gitconfig",
    "run hatch-variables /clone/hatch.toml",
    "run hatch-variables /clone/pyproject.toml",
    "run local-files /clone/pyproject.toml",
    "run local-files /clone/requirements.txt",
    "run local-files /clone/requirements.txt",
    "run observe /own/config/countermark.toml",
    "run path-order /fake/countermark",
    "run path-order /open",
    "run pdm-scripts /clone/pyproject.toml",
    "run pdm-static-urls /clone/pdm.lock",
    "trust state /own",
  ]);
  const words = await user.countermarkIn({ folder, env }, "doctor");
  assert.equal(words.code, 1);
  for (const { what, fix } of UNCAUGHT) assert.ok(words.stdout.includes(`  ${what}\n    fix: ${fix}\n`), what);
  assert.match(words.stdout, /^goes past `countermark run`:\n {2}\S+: .*\n {4}fix: /m);
});

test("an index that cannot be had, and a proxy that is none, are findings and not the end", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const folder = join(user.folder, "clone");
  mkdirSync(join(folder, ".git"), { recursive: true });
  const PATH = ownPath(user);
  assert.deepEqual(await examine(user, folder, { PATH }), ["trust TRUST_MISSING index"]);
  assert.equal((await user.countermark("trust", index.url, "--root", index.fingerprint)).code, 0);
  await index.repository.publish({ timestampExpires: index.repository.now - 1000 });
  assert.deepEqual(await examine(user, folder, { PATH }), ["trust METADATA_EXPIRED index"]);
});

test("a clock that is behind shows in a timestamp that is good for longer than any is signed for", () => {
  const now = Date.UTC(2030, 0, 10);
  assert.deepEqual(checkClock("index", now + 2 * DAY, now), []);
  const [found] = checkClock("index", now + 5 * DAY, now);
  assert.equal(found?.check, "clock");
  assert.match(found.what, /2030-01-12/);
});

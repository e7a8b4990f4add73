import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { converse } from "../../../../test/harness/terminal/terminal.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { openSandbox, type Sandbox } from "../fixture/sandbox.ts";

const BIN = fileURLToPath(new URL("../../bin/countermark.js", import.meta.url));

/** A fresh clone with a `countermark.toml` in it. */
function clone(user: Sandbox, text: string): string {
  const folder = join(user.folder, "clone");
  mkdirSync(join(folder, ".git"), { recursive: true });
  writeFileSync(join(folder, "countermark.toml"), text);
  return folder;
}

function settle(user: Sandbox, text: string): void {
  mkdirSync(join(user.folder, "own", "config"), { recursive: true, mode: 0o700 });
  writeFileSync(join(user.folder, "own", "config", "countermark.toml"), text);
}

async function trust(user: Sandbox, index: FixtureIndex): Promise<void> {
  const { code, stderr } = await user.countermark("trust", index.url, "--root", index.fingerprint);
  assert.equal(code, 0, stderr);
}

test("a project's index is used once the job's own settings name its fingerprint, and its floor holds", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  await index.release({ name: "alphapkg", version: "1.0" });
  const folder = clone(user, `index = "${index.url}"\nroot = "${index.fingerprint}"\n`);
  const refused = await user.countermarkIn({ folder }, "why", "alphapkg");
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /^error\[PROJECT_UNCONFIRMED\]: .*\n\nhint: .*COUNTERMARK_ROOT=/);
  const env = { COUNTERMARK_ROOT: index.fingerprint };
  const { code, stdout, stderr } = await user.countermarkIn({ folder, env }, "why", "alphapkg");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^alphapkg: 1 file/);
  const floor = `ceremony=7 root=1@${index.fingerprint} targets=9 claimed=9 sealed=9`;
  clone(user, `index = "${index.url}"\nfloor = "${floor}"\n`);
  const below = await user.countermarkIn({ folder, env }, "why", "alphapkg");
  assert.match(below.stderr, /error\[METADATA_ROLLBACK\].*below the/);
  assert.equal(below.code, 1);
});

test("a person confirms a project's index once, at the terminal; a no is a no, and nothing is trusted", async () => {
  await using index = await openFixtureIndex();
  using user = openSandbox();
  const folder = clone(user, `index = "${index.url}"\nroot = "${index.fingerprint}"\n`);
  const argv = [process.execPath, "--conditions=countermark-source", BIN, "floor"];
  const how = { environment: user.env, folder };
  const no = await converse(argv, [['Type "yes"', "no\r"]], how);
  assert.match(no.shown, /PROJECT_UNCONFIRMED/);
  assert.equal((await user.countermark("status")).stdout, "no index is trusted yet\n");
  const yes = await converse(argv, [['Type "yes"', "yes\r"]], how);
  assert.match(yes.shown, new RegExp(index.fingerprint));
  assert.match(yes.shown, /ceremony=\d+ root=1@/);
  const again = await user.countermarkIn({ folder }, "floor");
  assert.equal(again.code, 0, again.stderr);
});

test("a clone cannot choose another of the trusted indexes, nor another root for one", async () => {
  await using company = await openFixtureIndex();
  await using open = await openFixtureIndex();
  using user = openSandbox();
  await trust(user, company);
  await trust(user, open);
  settle(user, `index = "${company.url}"\n`);
  const folder = clone(user, `index = "${open.url}"\n`);
  assert.match((await user.countermarkIn({ folder }, "floor")).stderr, /error\[PROJECT_UNCONFIRMED\]/);
  clone(user, `index = "${company.url}"\nroot = "${open.fingerprint}"\n`);
  assert.match((await user.countermarkIn({ folder }, "floor")).stderr, /error\[PROJECT_REROOT\]/);
  clone(user, 'allow-hosts = ["evil.example"]\n');
  assert.match((await user.countermarkIn({ folder }, "floor")).stderr, /error\[PROJECT_FORBIDDEN\]/);
  clone(user, `index = "${company.url}"\n`);
  const control = await user.countermarkIn({ folder }, "floor");
  assert.equal(control.code, 0, control.stderr);
});

test("a name belongs to one index, also when it is absent there, and policies refuse in the agent's answers", async () => {
  await using company = await openFixtureIndex();
  await using open = await openFixtureIndex();
  using user = openSandbox();
  await company.release({ name: "acme-tool", version: "1.0" });
  await open.release({ name: "acme-tool", version: "9.9" });
  await open.release({ name: "acme-gone", version: "9.9" });
  await open.release({ name: "flask", version: "1.0" });
  await trust(user, open);
  await trust(user, company);
  const mapped = `index = "${open.url}"\n[[indexes]]\nurl = "${company.url}"\nprojects = ["acme-*"]\n`;
  const ask = async (settings: string): Promise<Record<string, string>> => {
    settle(user, settings);
    const child = user.start("agent", "--json");
    const ended = once(child, "close");
    try {
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      const { url } = JSON.parse(line) as { url: string };
      const headers = { accept: "application/vnd.pypi.simple.v1+json" };
      const answers: Record<string, string> = {};
      for (const name of ["acme-tool", "acme-gone", "flask"]) {
        const response = await fetch(`${url}${name}/`, { headers });
        const body = await response.text();
        answers[name] =
          `${response.status} ${/"filename":"([^"]+)"|error\[(\w+)\]/.exec(body)?.slice(1).join("") ?? ""}`;
      }
      return answers;
    } finally {
      child.kill("SIGTERM");
      await ended;
    }
  };
  assert.deepEqual(await ask(`index = "${open.url}"\n`), {
    "acme-tool": "200 acme_tool-9.9-py3-none-any.whl",
    "acme-gone": "200 acme_gone-9.9-py3-none-any.whl",
    flask: "200 flask-1.0-py3-none-any.whl",
  });
  assert.deepEqual(await ask(mapped), {
    "acme-tool": "200 acme_tool-1.0-py3-none-any.whl",
    "acme-gone": "404 ",
    flask: "200 flask-1.0-py3-none-any.whl",
  });
  assert.deepEqual(await ask(`policy = "sealed"\n${mapped}policy = "any"\n`), {
    "acme-tool": "200 acme_tool-1.0-py3-none-any.whl",
    "acme-gone": "404 ",
    flask: "422 POLICY_REFUSED",
  });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  assert.equal((await ask(`policy = "sealed"\nobserve-until = ${tomorrow}\n${mapped}`))["flask"]?.slice(0, 3), "200");
});

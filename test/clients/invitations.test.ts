/* An index that lets in by invitation only: by its flag, and by its settings, which make it private too. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { withSecret } from "../harness/developers.ts";
import { announcedUrl, initIndex } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import type { Ending, Running } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const PHRASE = "wired rebuff mangle squint yo-yo drizzle t-shirt";
const REFUSAL = /error\[NOT_ALLOWED\]: this index takes newcomers by invitation[^\n]*\n\nhint: ask the operator/;

async function invite(): Promise<string> {
  const ending = await sandbox.run(countermarkServer, ["account", "invite", "--data", index.data]);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout.trim();
}

async function serve(...flags: readonly string[]): Promise<{ server: Running; url: string }> {
  const server = sandbox.start(countermarkServer, ["serve", "--data", index.data, "--port", "0", ...flags]);
  scope.after(() => server.stop());
  return { server, url: await announcedUrl(server) };
}

async function login(url: string, account: string, ...more: readonly string[]): Promise<Ending> {
  const args = ["login", url, "--account", account, "--passphrase-fd", "3", ...more];
  return await withSecret(sandbox, PHRASE, args);
}

test("serve --invitation-only: an account needs a code of the operator, and a code makes one", async () => {
  const { server, url } = await serve("--invitation-only");
  await trust(sandbox, url, index.fingerprint);
  for (const code of [[], ["--invitation", "cmi_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]]) {
    const refused = await login(url, "ann", ...code);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, REFUSAL);
  }
  const code = await invite();
  const taken = await login(url, "ann", "--invitation", code);
  assert.equal(taken.code, 0, taken.output);
  const again = await login(url, "bob", "--invitation", code);
  assert.match(again.output, REFUSAL, "a code was used twice");
  const known = await login(url, "ann");
  assert.equal(known.code, 0, `who is in needs no code: ${known.output}`);
  await server.stop();
});

test("the settings say the same: invitation-only, and private, which the health checks alone go past", async () => {
  writeFileSync(join(index.data, "countermark-server.toml"), "[serve]\nprivate = true\ninvitation-only = true\n");
  const { url } = await serve();
  for (const path of ["/simple/", "/tuf/timestamp.json", "/api/v1/accounts/ann"]) {
    assert.equal((await fetch(new URL(path, url))).status, 401, path);
  }
  assert.equal((await fetch(new URL("/-/health", url))).status, 200);
  const settings = sandbox.otherHome("nobody");
  const untrusted = await sandbox.run(countermark, ["trust", url, "--root", index.fingerprint], { settings });
  assert.match(untrusted.output, /^error\[TOKEN_NEEDED\]/m);
});

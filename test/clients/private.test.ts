/*
 * A private index, as its people use it: the token is given once to `countermark trust`, and from then on no tool, no child,
 * no command line, no cache and no log has to do with it.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { makeAccount, withSecret } from "../harness/developers.ts";
import { announcedUrl, importFiles, initIndex } from "../harness/index-server.ts";
import { hasModule, importing, installPlainly, installVerified, newPip } from "../harness/installers.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { converseIn } from "../harness/terminal/terminal.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
await importFiles(sandbox, index, [
  makeWheel({ name: "alphapkg", version: "1.0" }),
  makeWheel({ name: "betapkg", version: "1.0" }),
]);
await administer("account", "add", "ann");
const [whole, bound] = [await makeToken(), await makeToken("--project", "alphapkg")];
const server = sandbox.start(countermarkServer, ["serve", "--data", index.data, "--port", "0", "--private"]);
scope.after(() => server.stop());
const url = await announcedUrl(server);

async function administer(...args: readonly string[]): Promise<string> {
  const ending = await sandbox.run(countermarkServer, [...args, "--data", index.data]);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout.trim();
}

async function makeToken(...more: readonly string[]): Promise<string> {
  return await administer("token", "create", "ann", "--scope", "read", ...more);
}

/** `countermark trust` with what is in a file as descriptor 3, as a script gives it. */
async function trustWith(token: string, settings: Settings = {}, at = `${url}/`) {
  const args = ["trust", at, "--root", index.fingerprint, "--token-fd", "3"];
  return await withSecret(sandbox, token, args, { settings });
}

function homeOf(settings: Settings): string {
  return settings["HOME"] ?? assert.fail();
}

/** The files below a folder in which a token stands, or any of it. */
function filesWith(token: string, folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(token.slice(0, 30));
  });
}

test("without a token nothing is trusted, and the refusal is one of its own that names the way", async () => {
  const settings = sandbox.otherHome("nobody");
  const ending = await sandbox.run(countermark, ["trust", `${url}/`, "--root", index.fingerprint], { settings });
  assert.equal(ending.code, 77, ending.output);
  assert.match(
    ending.stderr,
    /^error\[TOKEN_NEEDED\]: [^\n]*1\.root\.json was answered with 401: the index is private/,
  );
  assert.match(ending.stderr, /\n\nhint: [^\n]*countermark trust [^\n]* --token-fd 3/);
  assert.deepEqual(readdirSync(homeOf(settings)), ["tmp"], "nothing was written");
  assert.notEqual((await installPlainly(sandbox, newPip, url, ["alphapkg"])).code, 0, "the control: pip alone");
});

test("pip installs through a run with the token, which stands in the trusted state alone", async () => {
  const settings = sandbox.otherHome("ann");
  const trusted = await trustWith(whole, settings);
  assert.equal(trusted.code, 0, trusted.output);
  const installed = await installVerified(sandbox, newPip, ["alphapkg", "betapkg"], {
    settings: { ...settings, PIP_VERBOSE: "3" },
  });
  assert.equal(installed.code, 0, installed.output);
  assert.equal(await importing(sandbox, installed.target, "betapkg"), "betapkg 1.0");
  const status = await sandbox.run(countermark, ["status"], { settings });
  assert.match(status.stdout, /^ {2}read token {2}kept/m);
  const json = await sandbox.run(countermark, ["status", "--json"], { settings });
  assert.equal((JSON.parse(json.stdout) as { readToken: boolean }[])[0]?.readToken, true);
  for (const { output } of [trusted, installed, status, json]) assert.ok(!output.includes(whole));
  assert.ok(!server.output().includes(whole));
  for (const name of filesWith(whole, homeOf(settings))) assert.match(name, /countermark\/trust\.sqlite(-wal|-shm)?$/);
  assert.notDeepEqual(filesWith(whole, homeOf(settings)), [], "the control: the kept token is found");

  const otherRoot = await sandbox.run(countermark, ["trust", `${url}/`, "--root", "0".repeat(64)], { settings });
  assert.match(
    otherRoot.stderr,
    /no read token is kept/,
    "whoever names the address with another root does not use it",
  );

  const gone = await sandbox.run(countermark, ["trust", `${url}/`, "--forget"], { settings });
  assert.equal(gone.code, 0, gone.output);
  assert.deepEqual(filesWith(whole, homeOf(settings)), []);
  const again = await sandbox.run(countermark, ["trust", `${url}/`, "--root", index.fingerprint], { settings });
  assert.equal(again.code, 77, again.output);
});

/** Tells all that a program in a run can see of its own, of its parent, and of what it is answered. */
const SPY = `
import os, sys, urllib.request as r
print(dict(os.environ), sys.argv)
for who in (os.getpid(), os.getppid()):
    for what in ("cmdline", "environ"): print(open(f"/proc/{who}/{what}").read())
print("open:", [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")])
answer = r.urlopen(sys.argv[1])
print("by the gate:", answer.status, answer.headers, answer.read())
try: r.build_opener(r.ProxyHandler({})).open(sys.argv[1])
except OSError as e: print("past the gate:", e.code)
`;

test(
  "a program in a run gets the index's pages and never the token: not by environment, command line, descriptor or answer",
  { skip: process.platform !== "linux" && "looks at /proc" },
  async () => {
    const settings = sandbox.otherHome("spied");
    assert.equal((await trustWith(whole, settings)).code, 0);
    const args = ["run", "--", "python3", "-c", SPY, `${url}/simple/alphapkg/`];
    const { code, stdout, output } = await sandbox.run(countermark, args, { settings });
    assert.equal(code, 0, output);
    assert.match(stdout, /by the gate: 200 [^]*alphapkg-1\.0/);
    assert.match(stdout, /past the gate: 401/, "who goes around the gate is not lent the token");
    assert.doesNotMatch(stdout, /open: .*trust\.sqlite/);
    const basic = Buffer.from(`__token__:${whole}`).toString("base64");
    for (const form of [whole, whole.slice(3, 30), basic.slice(20, 60), "uthorization: Bearer"]) {
      assert.ok(!output.includes(form), form);
    }
  },
);

test("a developer gets an account at a private index: what is read before anybody is signed in takes the token, too", async () => {
  const home = sandbox.otherHome("developer");
  assert.equal((await trustWith(whole, home)).code, 0);
  await makeAccount(sandbox, `${url}/`, {
    account: "bob",
    phrase: "wired rebuff mangle squint yo-yo drizzle t-shirt",
    home,
  });
});

test("a token of one project installs that one; of another it is told as what it is, not as absent", async () => {
  const settings = sandbox.otherHome("bound");
  assert.equal((await trustWith(bound, settings)).code, 0);
  const mine = await installVerified(sandbox, newPip, ["alphapkg"], { settings });
  assert.equal(mine.code, 0, mine.output);
  const other = await installVerified(sandbox, newPip, ["betapkg"], { settings });
  assert.equal(other.code, 1, other.output);
  assert.match(other.stderr, /error\[TOKEN_NEEDED\]: [^\n]*403: the kept read token is not for this/);
  assert.equal(hasModule(other.target, "betapkg"), false);
});

test("a revoked token is told at the next run; trust takes a new one, at the terminal too", async () => {
  const settings = sandbox.otherHome("revoked");
  const short = await makeToken();
  assert.equal((await trustWith(short, settings)).code, 0);
  const list = await administer("token", "list", "ann", "--json");
  const ids = [...list.matchAll(/"id": ?"([0-9a-f]+)"/g)].map(([, id]) => id ?? "");
  await administer("token", "revoke", ids[0] ?? assert.fail(list));
  const refused = await installVerified(sandbox, newPip, ["alphapkg"], { settings });
  assert.equal(refused.code, 77, refused.output);
  assert.match(refused.stderr, /error\[TOKEN_NEEDED\]: [^\n]*401: it does not accept the read token that was sent/);

  const argv = [countermark, "trust", `${url}/`, "--root", index.fingerprint];
  const { code, shown } = await converseIn(sandbox, argv, [["Read token: ", `${whole}\r`]], { settings });
  assert.equal(code, 0, shown);
  assert.match(shown, /is private: it is read with a token/);
  assert.ok(!shown.includes(whole), "what is typed is not echoed");
  const installed = await installVerified(sandbox, newPip, ["alphapkg"], { settings });
  assert.equal(installed.code, 0, installed.output);
});

test("one command on an empty machine trusts a private index with its token, and logs in", async () => {
  const settings = sandbox.otherHome("one-command");
  const key = join(sandbox.folder, "carla.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const login = ["login", `${url}/`, "--account", "carla", "--key", key, "--yes"];
  const lost = await withSecret(sandbox, whole, [...login, "--token-fd", "3"], { settings });
  assert.match(lost.stderr, /^error\[USAGE\]: --token-fd goes with --root/);
  const made = await withSecret(sandbox, whole, [...login, "--root", index.fingerprint, "--token-fd", "3"], {
    settings,
  });
  assert.equal(made.code, 0, made.output);
  assert.match(made.output, /the account carla is made/);
});

test("a token in the clear, and what is no token, are refused before anything is asked", async () => {
  const settings = sandbox.otherHome("clear");
  const clear = await trustWith(whole, settings, "http://index.example.org/");
  assert.equal(clear.code, 64);
  assert.match(clear.stderr, /^error\[TOKEN_UNSAFE\]: [^\n]+\n\nhint: [^\n]*https/);
  const cut = await trustWith(whole.slice(0, -1), settings);
  assert.equal(cut.code, 65);
  assert.match(cut.stderr, /^error\[TOKEN_MALFORMED\]: [^\n]+\n\nhint: /);
  assert.ok(!cut.output.includes(whole.slice(0, 30)));
});

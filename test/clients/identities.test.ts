/*
 * Keys of every kind, with real commands against a real index: a machine's own in a sealed file, one in a real ssh-agent, a
 * key file; another machine let into an account and out again; a key that was let out opens nothing any more.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { countermark } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox, type Sandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const SSH_AGENT = "/usr/bin/ssh-agent";
const scope = new Scope();
let sandbox: Sandbox;
let index: { url: string; fingerprint: string };

before(async () => {
  sandbox = await openSandbox(scope);
  const made = await initIndex(sandbox);
  index = { fingerprint: made.fingerprint, url: (await serve(sandbox, made)).url };
});
after(() => scope.end());

/** A home of its own that trusts the index. */
async function machine(name: string, more: Settings = {}): Promise<Settings> {
  const home = { ...sandbox.otherHome(name), ...more };
  await trust(sandbox, index.url, index.fingerprint, { settings: home });
  return home;
}

function secretFile(content: string): string {
  const path = join(sandbox.folder, `secret-${randomBytes(8).toString("hex")}`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function keyFile(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return secretFile(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

/** One of our commands with secrets on descriptors 3 and 4. */
async function withSecrets(settings: Settings, secrets: readonly string[], ...args: string[]): Promise<Ending> {
  const [three = "/dev/null", four = "/dev/null"] = secrets.map((secret) => secretFile(`${secret}\n`));
  const script = 'exec 3<"$1" 4<"$2"; shift 2; exec "$@"';
  return await sandbox.run("/bin/sh", ["-c", script, "sh", three, four, countermark, ...args], { settings });
}

function wheel(name: string, version = "1.0"): string {
  const made = makeWheel({ name, version });
  const folder = join(sandbox.folder, name, "dist");
  mkdirSync(folder, { recursive: true });
  return join(writeDistributions(folder, [made]), made.filename);
}

function mustDo({ code, output }: Ending, text = /./): void {
  assert.equal(code, 0, output);
  assert.match(output, text);
}

function mustRefuse({ code, output }: Ending, errorCode: string): void {
  assert.notEqual(code, 0, output);
  assert.match(output, new RegExp(`error\\[${errorCode}\\]`), output);
}

async function newPhrase(): Promise<string> {
  const ending = await sandbox.run(countermark, ["identity", "phrase"]);
  assert.equal(ending.stdout.trim().split(" ").length, 7, ending.output);
  return ending.stdout.trim();
}

test("a machine's own key: made in a sealed file, let in by the phrase, and what signs from then on", async () => {
  const home = await machine("laptop");
  const [phrase, lock] = [await newPhrase(), randomBytes(16).toString("base64url")];
  const login = ["login", `${index.url}/`, "--account", "dora", "--device"];
  const made = await withSecrets(home, [phrase, lock], ...login, "--passphrase-fd", "3", "--device-passphrase-fd", "4");
  mustDo(made, /this machine has a key of its own now \((.*)\)/);
  const path = /key of its own now \((.*)\)/.exec(made.output)?.[1] ?? "";
  assert.ok(existsSync(path), path);
  const sealed = readFileSync(path);
  for (const secret of [phrase, lock, "PRIVATE KEY"]) assert.ok(!sealed.includes(secret));

  const publish = ["publish", "--passphrase-fd", "3", wheel("bydevice")];
  const wrong = await withSecrets(home, [randomBytes(16).toString("base64url")], ...publish);
  mustRefuse(wrong, "IDENTITY_UNLOCK");
  mustDo(await withSecrets(home, [lock], ...publish), /published at .*\(p\.bydevice 1, r\.bydevice 1\)/);
  const listed = await sandbox.run(countermark, ["identity", "list", "--json"], { settings: home });
  assert.equal((JSON.parse(listed.stdout) as { keys: readonly unknown[] }).keys.length, 2, listed.output);
  for (const file of filesBelow(home["HOME"] ?? "")) assert.ok(!readFileSync(file).includes(lock), file);
});

test("a passphrase that is weak, mistyped or another's opens nothing", async () => {
  const home = await machine("mistaken");
  const login = ["login", `${index.url}/`, "--passphrase-fd", "3", "--account"];
  mustRefuse(await withSecrets(home, ["password123"], ...login, "weak", "--own-passphrase"), "IDENTITY_WEAK");
  const phrase = await newPhrase();
  const mistyped = await withSecrets(home, [phrase.replace(/\S+/, "qqqqqq")], ...login, "dora");
  mustRefuse(mistyped, "IDENTITY_PHRASE");
  assert.ok(!mistyped.output.includes(phrase.split(" ").at(-1) ?? ""));
  mustRefuse(await withSecrets(home, [phrase], ...login, "dora"), "ACCOUNT_KEYS");
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("a key in an ssh-agent", { skip: existsSync(SSH_AGENT) ? false : "there is no openssh-client" }, () => {
  test("signs releases, without ever leaving the agent; without the agent nothing is signed", async () => {
    const socket = join(sandbox.folder, "agent.sock");
    const agent = sandbox.start(SSH_AGENT, ["-D", "-a", socket]);
    scope.after(() => agent.stop());
    for (let tries = 0; !existsSync(socket) && tries < 500; tries += 1) await sleep(20);
    const home = await machine("agents", { SSH_AUTH_SOCK: socket });
    const key = join(sandbox.folder, "id_ed25519");
    mustDo(await sandbox.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "agnes", "-f", key]), /|/);
    mustDo(await sandbox.run("/usr/bin/ssh-add", ["-q", key], { settings: home }), /|/);
    writeFileSync(key, "");
    const phrase = await newPhrase();
    const login = ["login", `${index.url}/`, "--account", "agnes", "--ssh-agent", "--passphrase-fd", "3"];
    mustDo(await withSecrets(home, [phrase], ...login), /whoever can use the key in the agent signs as you/);
    const publish = ["publish", "--passphrase-fd", "3", wheel("byagent")];
    mustDo(await withSecrets(home, [phrase], ...publish), /published at .*\(p\.byagent 1, r\.byagent 1\)/);
    const next = ["publish", "--passphrase-fd", "3", wheel("byagent", "1.1")];
    const without = await withSecrets({ ...home, SSH_AUTH_SOCK: undefined }, [phrase], ...next);
    assert.notEqual(without.code, 0, without.output);
    assert.match(without.output, /error\[(?:IDENTITY_AGENT|KEY_MISSING)\]/);
    await agent.stop();
  });
});

test("another machine offers its keys, is let in, and let out again: then its keys open nothing", async () => {
  const [here, there] = [await machine("here"), await machine("there")];
  const [own, others] = [keyFile(), keyFile()];
  const login = ["login", `${index.url}/`, "--account", "mona"];
  mustDo(await withSecrets(here, [], ...login, "--key", own));
  mustRefuse(await withSecrets(there, [], ...login, "--key", others), "ACCOUNT_KEYS");

  const offered = await withSecrets(there, [], "identity", "offer", "--account", "mona", "--key", others, "--yes");
  mustDo(offered, /the key [0-9a-f]{64} is offered/);
  const offer = offered.stdout.trim();
  const identity = /the key ([0-9a-f]{64}) is offered/.exec(offered.output)?.[1] ?? "";
  const damaged = `${offer.slice(0, -40)}${"A".repeat(40)}`;
  assert.notEqual((await withSecrets(here, [], "identity", "admit", damaged, "--yes")).code, 0);
  mustRefuse(await withSecrets(there, [], ...login, "--key", others), "ACCOUNT_KEYS");
  mustDo(await withSecrets(here, [], "identity", "admit", offer, "--yes"), new RegExp(`lets in the key ${identity}`));
  mustDo(await withSecrets(there, [], ...login, "--key", others), /you are mona/);
  const again = await withSecrets(here, [], "identity", "admit", offer, "--yes");
  assert.notEqual(again.code, 0, again.output);

  mustRefuse(await withSecrets(here, [], "identity", "revoke", "ffffffffffffffff", "--yes"), "KEY_MISSING");
  mustDo(await withSecrets(here, [], "identity", "revoke", identity, "--yes"), /opens mona no more/);
  mustRefuse(await withSecrets(there, [], ...login, "--key", others), "ACCOUNT_KEYS");
  const publish = await withSecrets(there, [], "publish", "--yes", wheel("bymona"));
  assert.notEqual(publish.code, 0, publish.output);
  assert.match(publish.output, /error\[[A-Z_]+\]/);
});

/*
 * Developers and their projects, with real commands against a real index: publishing, two at once, second persons and
 * machines, thresholds, CI, taking over what is there, and what is refused. Keys are files here, for speed; passphrases
 * are in fresh-machine.test.ts.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { targetPath } from "@countermark/repository";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { withSecret } from "../harness/developers.ts";
import { makeWheel, sha256, writeDistributions, type Distribution } from "../harness/distributions/distributions.ts";
import { importFolder, initIndex, serve } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust } from "../harness/installers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { download, newTufClient, pythonTuf } from "../harness/tuf-clients.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const old = [wheel("oldpkg", "0.9"), wheel("oldpkg", "1.0")];
await importFolder(sandbox, index, writeDistributions(join(sandbox.folder, "old"), old));
const { url } = await serve(sandbox, index);
await trust(sandbox, url, index.fingerprint);

function wheel(name: string, version: string, source = `print("${name} ${version}")\n`): Distribution {
  return makeWheel({ name, version, source });
}

class Person {
  readonly name: string;
  readonly key: string;
  readonly home: Settings;

  private constructor(name: string) {
    this.name = name;
    this.home = sandbox.otherHome(name);
    this.key = join(sandbox.folder, `${name}.pem`);
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(this.key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  }

  static async arrive(name: string): Promise<Person> {
    const person = new Person(name);
    await trust(sandbox, url, index.fingerprint, { settings: person.home });
    const login = await person.run("login", `${url}/`, "--account", name, "--key", person.key);
    assert.equal(login.code, 0, login.output);
    return person;
  }

  run(...args: string[]): Promise<Ending> {
    return sandbox.run(countermark, args, { settings: this.home });
  }

  withCode(code: string, ...args: string[]): Promise<Ending> {
    return withSecret(sandbox, code, [...args, "--code-fd", "3", "--yes"], { settings: this.home });
  }

  publish(...files: Distribution[]): Promise<Ending> {
    return this.run("publish", "--yes", ...written(files));
  }
}

let folders = 0;
function written(files: readonly Distribution[]): string[] {
  folders += 1;
  const folder = join(sandbox.folder, `build-${folders}`, "dist");
  mkdirSync(folder, { recursive: true });
  writeDistributions(folder, files);
  return files.map(({ filename }) => join(folder, filename));
}

function mustDo({ code, output }: Ending, text = /./): void {
  assert.equal(code, 0, output);
  assert.match(output, text);
}

function mustRefuse({ code, output }: Ending, errorCode: string): void {
  assert.notEqual(code, 0, output);
  assert.match(output, new RegExp(`error\\[${errorCode}\\]`), output);
}

async function versionFor(requirement: string): Promise<string> {
  const installation = await installVerified(sandbox, newPip, [requirement]);
  assert.equal(installation.code, 0, installation.output);
  return await importing(sandbox, installation.target, "duo");
}

const [alice, bob] = [await Person.arrive("alice"), await Person.arrive("bob")];

test("a new project is its publisher's at once, and another account's files are refused", async () => {
  mustDo(await alice.publish(wheel("duo", "1.0")), /a new project, yours from now on/);
  mustRefuse(await bob.publish(wheel("duo", "6.6")), "NOT_ALLOWED");
  assert.equal(await versionFor("duo"), "duo 1.0");
});

test("what cannot be released is refused before anybody is asked: other projects, other content, no archives", async () => {
  mustRefuse(await alice.publish(wheel("duo", "1.1"), wheel("trio", "1.0")), "DIST_PROJECT");
  mustRefuse(await alice.publish(wheel("duo", "1.0", "print('other')\n")), "DIST_DIFFERS");
  const broken = join(sandbox.folder, "duo-1.1-py3-none-any.whl");
  writeFileSync(broken, "no zip");
  mustRefuse(await alice.run("publish", "--yes", broken), "DIST_REFUSED");
  mustRefuse(await alice.run("publish", ...written([wheel("duo", "1.1")])), "PROMPT_NEEDED");
});

test("the same once more finds its work done, and nothing is signed", async () => {
  mustDo(await alice.publish(wheel("duo", "1.0")), /everything stands as you want it; nothing was signed/);
});

test("a second person joins by a code that authenticates their keys, without an administrator", async () => {
  const code = (await alice.run("project", "invite", "duo")).stdout.trim();
  mustRefuse(await alice.withCode(code, "project", "accept", "duo"), "INVITATION");
  mustRefuse(await bob.withCode(code.slice(0, -3), "project", "join"), "INVITATION");
  mustDo(await bob.withCode(code, "project", "join"));
  const other = (await alice.run("project", "invite", "duo")).stdout.trim();
  mustRefuse(await alice.withCode(other, "project", "accept", "duo"), "INVITATION");
  mustDo(await alice.withCode(code, "project", "accept", "duo"), /\+ releaser bob, key [0-9a-f]{12}/);
  mustDo(await bob.publish(wheel("duo", "1.1")), /on top of 1\.0/);
  assert.equal(await versionFor("duo"), "duo 1.1");
});

test("two who publish at once: the second is re-based and signed anew by itself, nothing is lost", async () => {
  const [first, second] = await Promise.all([alice.publish(wheel("duo", "1.2")), bob.publish(wheel("duo", "1.3"))]);
  mustDo(first);
  mustDo(second);
  assert.equal(await versionFor("duo==1.2"), "duo 1.2");
  assert.equal(await versionFor("duo==1.3"), "duo 1.3");
});

test("of two that must sign, one is not enough; the other's approval publishes", async () => {
  const asked = await alice.run("project", "releasers", "duo", "--threshold", "2", "--yes");
  mustDo(asked, /waiting for others to sign/);
  const id = /--transaction (\S+)/.exec(asked.output)?.[1] ?? "";
  mustDo(
    await bob.run("approve", "duo", "--transaction", id, "--yes"),
    /2 releasers must sign from now on[^]*published/,
  );
  const released = await alice.publish(wheel("duo", "2.0"));
  mustDo(released, /nothing of it can be installed yet/);
  assert.equal(await versionFor("duo"), "duo 1.3");
  const next = /--transaction (\S+)/.exec(released.output)?.[1] ?? "";
  mustDo(await bob.run("approve", "duo", "--transaction", next, "--yes"), /published/);
  assert.equal(await versionFor("duo"), "duo 2.0");
});

test("who is removed releases no more; what was theirs alone is shown; the list is signed anew in the same step", async () => {
  const lowered = await alice.run("project", "releasers", "duo", "--threshold", "1", "--yes");
  const id = /--transaction (\S+)/.exec(lowered.output)?.[1];
  if (id !== undefined) mustDo(await bob.run("approve", "duo", "--transaction", id, "--yes"));
  const removed = await alice.run("project", "releasers", "duo", "--remove", "bob", "--yes");
  mustDo(removed, /duo-1\.1-py3-none-any\.whl came in by their signature alone/);
  mustDo(removed, /- releaser bob/);
  mustRefuse(await bob.publish(wheel("duo", "6.6")), "NOT_ALLOWED");
  mustRefuse(await alice.run("project", "owners", "duo", "--remove", "alice", "--yes"), "PROJECT_ROLE");
  assert.equal(await versionFor("duo"), "duo 2.0");
});

test("CI releases with a key of its own, for one project", async () => {
  const file = join(sandbox.folder, "ci.key");
  mustDo(await alice.run("project", "ci-key", "duo", "--days", "30", "--out", file, "--yes"), /a CI key until/);
  const runner = sandbox.otherHome("ci");
  await trust(sandbox, url, index.fingerprint, { settings: runner });
  const publish = (...files: Distribution[]) =>
    sandbox.run(countermark, ["publish", "--ci-key", file, ...written(files)], { settings: runner });
  mustDo(await publish(wheel("duo", "2.1")));
  assert.equal(await versionFor("duo"), "duo 2.1");
  assert.notEqual((await publish(wheel("quartet", "1.0"))).code, 0);
});

test("yanked, unyanked, deleted: signed in the same way", async () => {
  mustDo(await alice.run("yank", "duo", "2.1", "--reason", "wrong", "--yes"), /yank duo-2\.1/);
  assert.equal(await versionFor("duo"), "duo 2.0");
  mustDo(await alice.run("unyank", "duo", "2.1", "--yes"), /unyank duo-2\.1/);
  assert.equal(await versionFor("duo"), "duo 2.1");
  mustDo(await alice.run("delete", "duo", "2.1", "--yes"), /- duo-2\.1.*gone for good/);
  assert.equal(await versionFor("duo"), "duo 2.0");
  mustRefuse(await bob.run("yank", "duo", "1.0", "--yes"), "NOT_ALLOWED");
});

test("deprecated by who releases it: people are told, installers and stock TUF clients go on", async () => {
  mustRefuse(await bob.run("deprecate", "duo", "--yes"), "NOT_ALLOWED");
  mustDo(await alice.run("deprecate", "duo", "--reason", "use trio", "--yes"), /status: deprecated, "use trio"/);
  mustDo(await alice.run("deprecate", "duo", "--reason", "use trio", "--yes"), /everything stands as you want it/);
  const why = await sandbox.run(countermark, ["why", "duo"]);
  mustDo(why, /Those who release it say that it is deprecated: use trio/);
  const page = await fetch(`${url}/simple/duo/`, { headers: { accept: "application/vnd.pypi.simple.v1+json" } });
  const { "project-status": status } = (await page.json()) as { "project-status"?: unknown };
  assert.deepEqual(status, { status: "deprecated", reason: "use trio" });
  assert.equal(await versionFor("duo"), "duo 2.0");
  const file = wheel("duo", "2.0");
  const target = targetPath("duo", file.filename);
  const client = await newTufClient(sandbox, pythonTuf, url);
  assert.deepEqual(await download(sandbox, pythonTuf, client, url, [target]), [
    { target, found: true, sha256: sha256(file.bytes) },
  ]);
  // A release keeps what was said; only saying otherwise takes it back.
  mustDo(await alice.publish(wheel("duo", "2.2")));
  mustDo(await sandbox.run(countermark, ["why", "duo"]), /say that it is deprecated/);
  mustDo(await alice.run("deprecate", "duo", "--undo", "--yes"), /status: active again/);
  assert.ok(!(await sandbox.run(countermark, ["why", "duo"])).output.includes("deprecated"));
  mustRefuse(await alice.run("deprecate", "nowhere", "--yes"), "PROJECT_STANDING");
});

test("a project that is there is taken over: its files are shown, compared, and left out on request", async () => {
  mustRefuse(await alice.publish(wheel("oldpkg", "1.1")), "PROJECT_STANDING");
  mustRefuse(await alice.run("claim", "oldpkg", "--yes"), "NOT_ALLOWED");
  const member = ["project", "member", "add", "oldpkg", "alice", "--role", "owner", "--data", index.data];
  mustDo(await sandbox.run(countermarkServer, member));
  const builds = join(sandbox.folder, "own-builds");
  writeDistributions(builds, [wheel("oldpkg", "1.0"), wheel("oldpkg", "0.9", "print('built otherwise')\n")]);
  const options = ["--with", builds, "--leave-out", "oldpkg-0.9-py3-none-any.whl", "--yes"];
  const claimed = await alice.run("claim", "oldpkg", ...options);
  mustDo(claimed, /same {6}oldpkg-1\.0/);
  mustDo(claimed, /different oldpkg-0\.9.*not what you built/);
  mustDo(await alice.publish(wheel("oldpkg", "1.1")), /on top of 1\.0/);
  const why = await sandbox.run(countermark, ["why", "oldpkg"]);
  mustDo(why, /2 files; signed by its own developers/);
});

test("keys that are not the account's are noticed before anything is sent", async () => {
  const wrong = ["publish", "--account", "alice", "--key", bob.key, "--yes", ...written([wheel("duo", "6.6")])];
  mustRefuse(await alice.run(...wrong), "ACCOUNT_KEYS");
});

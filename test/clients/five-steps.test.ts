/*
 * PEP 480, "Automated Signing Solution": the five steps that a new developer may follow, each a test, with real commands
 * against a real index. What stands for PyPI's account password is that there is none: the passphrase is never sent, and
 * signing in is a signature. The prompts themselves are in fresh-machine.test.ts.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermark } from "../harness/commands.ts";
import { makeAccount, withSecret, type Developer } from "../harness/developers.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust } from "../harness/installers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const PROJECT = "fivesteps";
const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const { url } = await serve(sandbox, index);
await trust(sandbox, url, index.fingerprint);

async function machine(name: string): Promise<Settings> {
  const home = sandbox.otherHome(name);
  await trust(sandbox, url, index.fingerprint, { settings: home });
  return home;
}

async function newPhrase(): Promise<string> {
  return (await sandbox.run(countermark, ["identity", "phrase"])).stdout.trim();
}

const laptop: Developer = { account: "dev", phrase: await newPhrase(), home: await machine("laptop") };
const maintainer: Developer = { account: "mate", phrase: await newPhrase(), home: await machine("maintainer") };
const desktop = await machine("desktop");
/** The second machine's own key; the passphrase is never typed there. */
const desktopKey = join(sandbox.folder, "desktop.pem");
const { privateKey } = generateKeyPairSync("ed25519");
writeFileSync(desktopKey, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });

function wheel(version: string): string {
  const made = makeWheel({ name: PROJECT, version, source: `print("${version}")\n` });
  return join(writeDistributions(join(sandbox.folder, `build-${version}`, "dist"), [made]), made.filename);
}

function mustDo({ code, output }: Ending, text = /./): string {
  assert.equal(code, 0, output);
  assert.match(output, text);
  return output;
}

const asDeveloper = ({ phrase, home }: Developer, ...args: string[]): Promise<Ending> =>
  withSecret(sandbox, phrase, [...args, "--passphrase-fd", "3"], { settings: home });
const onDesktop = (...args: string[]): Promise<Ending> => sandbox.run(countermark, args, { settings: desktop });

/** Lets a newcomer into the project: the owner hands a code over, the newcomer answers, the owner signs. */
async function letIn(join: (code: string) => Promise<Ending>): Promise<void> {
  const code = (await asDeveloper(laptop, "project", "invite", PROJECT)).stdout.trim();
  mustDo(await join(code));
  mustDo(await withBoth(laptop, code, "project", "accept", PROJECT), /\+ releaser/);
}

/** The code on descriptor 3, the passphrase on descriptor 4. */
async function withBoth({ phrase, home }: Developer, code: string, ...args: string[]): Promise<Ending> {
  const [codeFile, phraseFile] = [code, phrase].map((secret, at) => {
    const file = join(sandbox.folder, `secret-${at}`);
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    return file;
  }) as [string, string];
  const script = 'exec 3<"$0" 4<"$1"; shift; exec "$@"';
  const command = [countermark, ...args, "--code-fd", "3", "--passphrase-fd", "4", "--yes"];
  return await sandbox.run("/bin/sh", ["-c", script, codeFile, phraseFile, ...command], { settings: home });
}

/** Installs a version; `newcomer`: who it is told may release since the last time, by both commands that look. */
async function installed(version: string, newcomer?: string): Promise<void> {
  if (newcomer !== undefined) await requireTold(newcomer);
  const got = await installVerified(sandbox, newPip, [`${PROJECT}==${version}`]);
  assert.equal(got.code, 0, got.output);
  assert.equal(await importing(sandbox, got.target, PROJECT), version);
}

/** In the words that docs/spec/floors.md promises, once: what was seen is known. */
async function requireTold(newcomer: string): Promise<void> {
  const words = `${PROJECT} is released by not the same people as before: ${newcomer} \\([0-9a-f]{12}\\) may now`;
  const asked = await sandbox.run(countermark, ["why", PROJECT, "--json"]);
  assert.match(asked.stderr, new RegExp(`^countermark: warning: ${words}$`, "m"));
  const { warnings } = JSON.parse(asked.stdout) as { warnings: string[] };
  assert.match(warnings.join("\n"), new RegExp(`^${words}$`));
  assert.ok(!(await sandbox.run(countermark, ["why", PROJECT])).output.includes("warning"), "told once");
}

test("PEP 480, automated signing, step 2: the developer enters a secondary password; the index gets a public key, and no word of it", async () => {
  await makeAccount(sandbox, url, laptop);
  const words = Buffer.from(laptop.phrase);
  for (const name of readdirSync(index.data)) {
    if (name.startsWith("index.sqlite")) assert.ok(!readFileSync(join(index.data, name)).includes(words), name);
  }
  const keys = JSON.parse((await asDeveloper(laptop, "identity", "list", "--json")).stdout) as unknown[];
  assert.equal(JSON.stringify(keys).match(/"release"/g)?.length, 1);
});

test("PEP 480, automated signing, step 1: the project is registered, signed by that key, with no administrator", async () => {
  mustDo(await asDeveloper(laptop, "publish", wheel("1.0")), /a new project, yours from now on/);
  await installed("1.0");
});

test("PEP 480, automated signing, step 3 (optional): a second machine's identity is added, signed for by the first", async () => {
  const offered = await onDesktop("identity", "offer", "--account", "dev", "--key", desktopKey, "--yes");
  mustDo(offered, /is offered/);
  // Until an identity that is in has signed for it, it is nobody's.
  const login = ["login", `${url}/`, "--account", "dev", "--key", desktopKey];
  assert.match((await onDesktop(...login)).output, /error\[ACCOUNT_KEYS\]/);
  mustDo(await asDeveloper(laptop, "identity", "admit", offered.stdout.trim(), "--yes"), /lets in the key/);
  mustDo(await onDesktop(...login), /you are dev/);
  assert.match((await onDesktop("publish", "--yes", wheel("6.6"))).output, /error\[PROJECT_ROLE\]/);
  await letIn((code) =>
    withSecret(sandbox, code, ["project", "join", "--code-fd", "3", "--yes"], { settings: desktop }),
  );
});

test("PEP 480, automated signing, step 4: the project is uploaded; one of its identities signs, and installers verify it", async () => {
  mustDo(await onDesktop("publish", "--yes", wheel("2.0")), /on top of 1\.0/);
  await installed("2.0", "dev");
});

test("PEP 480, automated signing, step 5 (optional): another maintainer enters a secondary password of their own, and no key is shared", async () => {
  await makeAccount(sandbox, url, maintainer);
  assert.match((await asDeveloper(maintainer, "publish", wheel("6.7"))).output, /error\[NOT_ALLOWED\]/);
  await letIn((code) => withBoth(maintainer, code, "project", "join"));
  mustDo(await asDeveloper(maintainer, "publish", wheel("3.0")), /on top of 2\.0/);
  const run = await installVerified(sandbox, newPip, [`${PROJECT}==3.0`]);
  assert.equal(run.code, 0, run.output);
  const told = `^countermark: warning: ${PROJECT} is released by not the same people as before: mate \\([0-9a-f]{12}\\) may now$`;
  assert.match(run.stderr, new RegExp(told, "m"));
  assert.equal(await importing(sandbox, run.target, PROJECT), "3.0");
  const listed = await sandbox.run(countermark, ["why", PROJECT, "--json"]);
  const { chain } = JSON.parse(listed.stdout) as { chain: { role: string; keys: string[]; threshold: number }[] };
  const release = chain.find(({ role }) => role.startsWith("r."));
  assert.deepEqual([release?.keys.length, release?.threshold], [3, 1]);
});

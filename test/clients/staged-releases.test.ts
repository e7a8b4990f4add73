/*
 * CI uploads with a token alone to a project that somebody signs for: the files are staged, no verifier installs them, and
 * a releaser makes them installable. So a stolen token is worth nothing. Real twine, real pip, and the control: the same
 * token at a project that nobody signs for is enough.
 */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { makeWheel, writeDistributions, type Distribution } from "../harness/distributions/distributions.ts";
import { importFolder, initIndex, serve } from "../harness/index-server.ts";
import { hasModule, importing, installPlainly, installVerified, newPip, trust } from "../harness/installers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const [operators, developers] = [wheel("plain", "1.0"), wheel("duo", "1.0")];
await importFolder(sandbox, index, writeDistributions(join(sandbox.folder, "imported"), [operators]));
await atServer("account", "add", "ops");
await atServer("project", "member", "add", "plain", "ops", "--role", "owner");
const operatorsToken = (await atServer("token", "create", "ops")).trim();
const { url } = await serve(sandbox, index);
await trust(sandbox, url, index.fingerprint);
const key = join(sandbox.folder, "alice.pem");
const { privateKey } = generateKeyPairSync("ed25519");
writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
mustDo(await countermarks("login", `${url}/`, "--account", "alice", "--key", key));
mustDo(await countermarks("publish", "--yes", written(developers)));
const created = await countermarks("token", "create", "--yes", "--project", "duo", "--label", "ci");
mustDo(created);
const token = created.stdout.trim();

function wheel(name: string, version: string, source?: string): Distribution {
  return makeWheel({ name, version, ...(source !== undefined && { source }) });
}

function written(
  file: Distribution,
  folder = `build-${createHash("sha256").update(file.bytes).digest("hex")}`,
): string {
  return join(writeDistributions(join(sandbox.folder, folder), [file]), file.filename);
}

async function atServer(...args: readonly string[]): Promise<string> {
  const ending = await sandbox.run(countermarkServer, [...args, "--data", index.data]);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout;
}

function countermarks(...args: readonly string[]): Promise<Ending> {
  return sandbox.run(countermark, args);
}

function mustDo({ code, output }: Ending, text = /./): void {
  assert.equal(code, 0, output);
  assert.match(output, text);
}

function mustRefuse({ code, output }: Ending, text: RegExp): void {
  assert.notEqual(code, 0, output);
  assert.match(output, text);
}

/** As CI does it, which knows nothing of us: twine and a token. */
async function twine(file: Distribution, secret = token): Promise<Ending> {
  return await sandbox.run(programOf("twine", "twine"), ["upload", "--disable-progress-bar", written(file)], {
    settings: {
      TWINE_REPOSITORY_URL: `${url}/legacy/`,
      TWINE_USERNAME: "__token__",
      TWINE_PASSWORD: secret,
      TWINE_NON_INTERACTIVE: "1",
    },
  });
}

const digestOf = ({ bytes }: Distribution): string => createHash("sha256").update(bytes).digest("hex");

async function assertInstalls(requirement: string, version: string): Promise<void> {
  const installation = await installVerified(sandbox, newPip, [requirement]);
  assert.equal(installation.code, 0, installation.output);
  assert.equal(await importing(sandbox, installation.target, "duo"), `duo ${version}`);
}

test("a stolen token: what it uploads is staged, and pip gets none of it, verified or not", async () => {
  mustDo(await twine(wheel("duo", "6.6", 'print("forged")\n')));
  const verified = await installVerified(sandbox, newPip, ["duo==6.6"]);
  assert.notEqual(verified.code, 0, verified.output);
  assert.ok(!hasModule(verified.target, "duo"));
  assert.notEqual((await installPlainly(sandbox, newPip, url, ["duo==6.6"])).code, 0);
  await assertInstalls("duo", "1.0");
});

test("the control: at a project that nobody signs for the same kind of token releases at once", async () => {
  mustDo(await twine(wheel("plain", "6.6", 'print("by the token alone")\n'), operatorsToken));
  const installation = await installVerified(sandbox, newPip, ["plain"]);
  assert.equal(installation.code, 0, installation.output);
  assert.equal(await importing(sandbox, installation.target, "plain"), "by the token alone");
});

test("a releaser who knows what CI built does not sign the thief's file", async () => {
  const forged = "duo-6.6-py3-none-any.whl";
  const built = wheel("duo", "6.6");
  mustRefuse(
    await countermarks("approve", "duo", forged, "--sha256", digestOf(built), "--yes"),
    /error\[DIST_DIFFERS\].*is staged with sha256/,
  );
  written(built, "own");
  const own = join(sandbox.folder, "own");
  mustRefuse(await countermarks("approve", "duo", forged, "--from", own, "--yes"), /error\[DIST_DIFFERS\]/);
  await assertInstalls("duo", "1.0");
});

test("approved by the digest that CI printed, or by a build of one's own, a file can be installed", async () => {
  const [first, second] = [wheel("duo", "1.1"), wheel("duo", "1.2")];
  mustDo(await twine(first));
  const byDigest = await countermarks("approve", "duo", first.filename, "--sha256", digestOf(first), "--yes");
  mustDo(byDigest, /staged by .*duo-1\.1[^]*duo-1\.1\S+: the digest that you gave/);
  await assertInstalls("duo", "1.1");
  mustDo(await twine(second));
  written(second, "built");
  const byBuild = ["approve", "duo", second.filename, "--from", join(sandbox.folder, "built"), "--yes"];
  mustDo(await countermarks(...byBuild), /duo-1\.2\S+: the same as in /);
  await assertInstalls("duo", "1.2");
});

test("with no other source for the digest, the releaser is told what that means", async () => {
  const file = wheel("duo", "1.3");
  mustDo(await twine(file));
  const trusting = await countermarks("approve", "duo", file.filename, "--yes");
  mustDo(trusting, /duo-1\.3\S+: you are trusting the index for these bytes/);
  await assertInstalls("duo", "1.3");
});

test("tokens are listed without their secret, and one that is revoked uploads no more", async () => {
  const listed = await countermarks("token", "list", "--yes", "--json");
  const tokens = JSON.parse(listed.stdout) as readonly { id: string; label: string; project?: string }[];
  assert.ok(!listed.output.includes(token));
  const ci = tokens.find(({ label }) => label === "ci");
  assert.ok(ci !== undefined, listed.output);
  assert.equal(ci.project, "duo");
  mustRefuse(await twine(wheel("plain", "7.0")), /403/);
  mustDo(await countermarks("token", "revoke", ci.id, "--yes"));
  mustRefuse(await twine(wheel("duo", "7.0")), /403/);
  assert.ok(!(await countermarks("token", "list", "--yes")).output.includes(ci.id));
});

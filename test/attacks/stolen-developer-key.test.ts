/*
 * A developer's key is stolen and signs a release that the developer never made, in each project that names it. The operator
 * withdraws the key: by one command, in one snapshot, it counts for nothing anywhere. Real pip through the real client.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeSharding, shardOf } from "@countermark/repository";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const { url } = await serve(sandbox, index);
const STOLEN = ["alpha", "beta"];
const OTHERS = "gamma";

await trust(sandbox, url, index.fingerprint);
const victim = await newDeveloper("victim");
const other = await newDeveloper("other");
for (const name of STOLEN) await publish(victim, name);
await publish(other, OTHERS);

/** A developer with a machine, a key and an account. */
async function newDeveloper(account: string) {
  const settings = sandbox.otherHome(account);
  const key = join(sandbox.folder, `${account}.pem`);
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await trust(sandbox, url, index.fingerprint, { settings });
  const ending = await sandbox.run(countermark, ["login", `${url}/`, "--account", account, "--key", key], { settings });
  assert.equal(ending.code, 0, ending.output);
  return settings;
}

async function publish(settings: ReturnType<typeof sandbox.otherHome>, name: string): Promise<void> {
  const file = makeWheel({ name, version: "1.0", source: 'print("signed")\n' });
  const path = join(writeDistributions(join(sandbox.folder, name), [file]), file.filename);
  const ending = await sandbox.run(countermark, ["publish", "--yes", path], { settings });
  assert.equal(ending.code, 0, ending.output);
}

/** The identity of the one key that must sign a project's list, as an operator finds it. */
async function keyOf(project: string): Promise<string> {
  const { code, stdout, output } = await sandbox.run(countermark, ["why", "--json", project]);
  assert.equal(code, 0, output);
  const { chain } = JSON.parse(stdout) as { chain: { role: string; keys: string[] }[] };
  return chain.find(({ role }) => role === `r.${project}`)?.keys[0] ?? assert.fail(stdout);
}

async function operate(...args: readonly string[]): Promise<string> {
  const [command = "", ...rest] = args;
  const { code, output } = await sandbox.run(countermarkServer, [command, "--data", index.data, ...rest]);
  assert.equal(code, 0, output);
  return output;
}

async function installs(name: string): Promise<boolean> {
  const { code, output, target } = await installVerified(sandbox, newPip, [name]);
  if (code === 0) assert.equal(await importing(sandbox, target, name), "signed");
  else
    assert.match(
      output,
      /error\[WITHDRAWN\]: \w+: p\.\w+ rests on a key that the index's operator withdrew: laptop stolen/,
    );
  return code === 0;
}

test("a withdrawn key counts for nothing in any project, others' projects go on, and the key comes back when it is restored", async () => {
  const shards = new Set(STOLEN.map((name) => shardOf(makeSharding(256), name)));
  assert.equal(shards.size, STOLEN.length, "the projects lie in different shards");
  for (const name of [...STOLEN, OTHERS]) assert.ok(await installs(name), `the control: ${name}`);
  const key = await keyOf("alpha");
  assert.equal(await keyOf("beta"), key);
  assert.notEqual(await keyOf(OTHERS), key);

  const said = await operate("withdraw", "--key", key, "--reason", "laptop stolen");
  assert.match(said, new RegExp(`^withdrawn in every project ${key}; published as \\d+`));
  for (const name of STOLEN) assert.equal(await installs(name), false, name);
  assert.ok(await installs(OTHERS));
  assert.match(await operate("log", "--limit", "100"), / operator {2}status of every project {2}published$/m);

  await operate("restore-withdrawn", "--key", key);
  for (const name of STOLEN) assert.ok(await installs(name), `restored: ${name}`);
  const { code, stderr } = await sandbox.run(countermarkServer, ["withdraw", "--data", index.data]);
  assert.equal(code, 64);
  assert.match(stderr, /error\[USAGE\]: name a project, or a key with --key/);
});

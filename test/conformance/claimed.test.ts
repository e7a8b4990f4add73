/*
 * A developer claims and releases a project, holders of the offline keys make the claim one for good, and the reference
 * clients of The Update Framework read it, as they are. Then the index is stolen with its database and every online key:
 * what is forged of the claimed project nobody finds; what is forged of an unclaimed one everybody does (the control).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  contentOf,
  encodeReleaseFile,
  makeSharding,
  publish,
  shardOf,
  shardRole,
  soleProject,
  targetPath,
  withClaims,
  type RoleContent,
} from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";
import { openIndex } from "../../packages/server/src/data-folder.ts";
import { fileOf } from "../../packages/server/src/publisher/release-file.ts";
import { described, Developer } from "../../packages/server/test/api/developer.ts";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { makeWheel, sha256, type Distribution } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { download, newTufClient, pythonTuf, tufJs, type TufClient } from "../harness/tuf-clients.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const [CLAIMED, UNCLAIMED] = ["alphapkg", "gammapkg"];
const [good, other] = [makeWheel({ name: CLAIMED, version: "1.0" }), makeWheel({ name: UNCLAIMED, version: "1.0" })];
const forgeries = [CLAIMED, UNCLAIMED].map((name) => makeWheel({ name, version: "9.0" })) as [
  Distribution,
  Distribution,
];
await importFiles(sandbox, index, [other]);
const serving = await serve(sandbox, index);

const ada = new Developer({ made: index }, `${serving.url}/`, "ada", Date.now);
const clients: readonly TufClient[] = [pythonTuf, tufJs];
const returning = new Map<TufClient, string>();
const path = (project: string, { filename }: Distribution): string => targetPath(project, filename);

async function everybodyFinds(what: readonly (readonly [string, Distribution, boolean])[]): Promise<void> {
  const targets = what.map(([project, file]) => path(project, file));
  const expected = what.map(([, file, found], each) => {
    const target = targets[each] ?? "";
    return found ? { target, found, sha256: sha256(file.bytes) } : { target, found };
  });
  for (const client of clients) {
    const fresh = await newTufClient(sandbox, client, serving.url);
    const folders = [fresh, returning.get(client) ?? fresh];
    for (const folder of new Set(folders)) {
      assert.deepEqual(await download(sandbox, client, folder, serving.url, targets), expected, client.name);
    }
    returning.set(client, fresh);
  }
}

test("a recent claim is read by stock clients", async () => {
  assert.equal((await ada.enrol()).status, 201);
  await ada.login();
  const answer = await ada.release(CLAIMED, [good], soleProject(CLAIMED, ada.key, "Ada"));
  assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
  await everybodyFinds([
    [CLAIMED, good, true],
    [UNCLAIMED, other, true],
  ]);
});

test("holders of the offline keys make it a claim for good, by a bundle and signatures carried by hand", async () => {
  const [bundle, signatures] = [join(sandbox.folder, "bundle.json"), join(sandbox.folder, "ada.signatures")];
  const proposed = await sandbox.run(countermarkServer, ["propose", "--data", index.data, "--out", bundle]);
  assert.equal(proposed.code, 0, proposed.output);
  const sign = (...args: string[]) =>
    sandbox.run(countermark, ["ceremony", "sign", bundle, "--keys", index.keys, ...args]);
  const shown = await sign();
  assert.equal(shown.code, 0, shown.output);
  assert.match(shown.output, /not yet: 1\n {2}alphapkg: it never had files before: its owners must stay the same/);
  const signed = await sign("--out", signatures, "--override", `${CLAIMED}=we know Ada`);
  assert.equal(signed.code, 0, signed.output);
  assert.match(signed.output, /against the rule, by your word: 1/);
  const apply = () => sandbox.run(countermarkServer, ["apply", "--data", index.data, "--bundle", bundle, signatures]);
  const applied = await apply();
  assert.equal(applied.code, 0, applied.output);
  assert.match(applied.stdout, /alphapkg is claimed for good\nceremony 2/);
  assert.match((await apply()).output, /CEREMONY_REFUSED/, "a second time");
  await everybodyFinds([
    [CLAIMED, good, true],
    [UNCLAIMED, other, true],
  ]);
});

test("the next ceremony goes on from what the holder remembers", async () => {
  const bundle = join(sandbox.folder, "second.json");
  await sandbox.run(countermarkServer, ["propose", "--data", index.data, "--out", bundle]);
  const checked = await sandbox.run(countermark, ["ceremony", "sign", bundle, "--keys", index.keys]);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, /ceremony 3/);
});

test("a stolen index finds nobody for a forged file of a claimed project, and everybody for an unclaimed one's", async () => {
  await steal();
  await everybodyFinds([
    [CLAIMED, forgeries[0], false],
    [UNCLAIMED, forgeries[1], true],
    [CLAIMED, good, true],
  ]);
});

/** Signs forged files of both projects with every key that is on the index, and shows them. */
async function steal(): Promise<void> {
  const stolen = await openIndex(index.data);
  const { store, signers, lifetimes, settings, blobs } = stolen;
  const roles = new Map((await store.roles()).map((role) => [role.name, role]));
  const sharding = makeSharding(settings.shards);
  const version = (name: string): number => roles.get(name)?.version ?? 0;
  const contents = new Map<string, RoleContent>();
  const contentNow = async (name: string): Promise<RoleContent> => {
    const role = roles.get(name) ?? assert.fail(name);
    return contents.get(name) ?? contentOf(role, (await store.roleFile(name, role.version)) ?? assert.fail(), signers);
  };
  const rows = [];
  const projects = [];
  for (const [each, project] of [CLAIMED, UNCLAIMED].entries()) {
    const forgery = forgeries[each] ?? assert.fail();
    const shard = shardOf(sharding, project);
    const file = described(forgery, Date.now());
    const bin = shardRole("unclaimed", shard);
    const content = await contentNow(bin);
    contents.set(bin, { ...content, targets: new Map([...content.targets, encodeReleaseFile(project, file)]) });
    const staged = await blobs.stage(once(forgery.bytes));
    await staged.keep();
    projects.push({ project, shard, protection: "unclaimed" as const });
    rows.push({ change: "list" as const, file: fileOf(project, shard, file) });
  }
  const claims = shardRole("recently-claimed", shardOf(sharding, CLAIMED));
  const mallory = { keys: [generateEd25519().signer.publicKey], threshold: 1 };
  contents.set(claims, withClaims(await contentNow(claims), new Map([[CLAIMED, mallory]])));
  const listed = [...roles].filter(([name]) => !["root", "snapshot", "timestamp"].includes(name));
  const state = {
    roles: new Map(listed),
    snapshotVersion: version("snapshot"),
    timestampVersion: version("timestamp"),
  };
  const now = Date.now();
  const made = await publish({ state, contents, signed: [], signers, lifetimes, now });
  const published = await store.publish({
    ...{ basedOn: version("timestamp"), at: now, roles: [...made.roles, made.snapshot, made.timestamp] },
    ...{ decisions: [], rows, projects },
  });
  assert.ok(published);
  await store.close();
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}

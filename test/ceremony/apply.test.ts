/*
 * What happens between a ceremony's proposal and its publication, and while it is published: projects go on, the command is
 * killed, a bundle is old. Propose, sign and apply are the commands' own functions; the index is a running one.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { changeProject, makeSharding, projectRole, shardOf, shardRole, soleProject } from "@countermark/repository";
import { readTargets, type Targets } from "@countermark/tuf";
import { checkCeremony, signChecked } from "../../packages/client/src/ceremony/sign.ts";
import { applyCeremony } from "../../packages/server/src/ceremony/apply.ts";
import { proposeCeremony, stateFile } from "../../packages/server/src/ceremony/propose.ts";
import { openIndex } from "../../packages/server/src/data-folder.ts";
import { Developer } from "../../packages/server/test/api/developer.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const DAY = 24 * 60 * 60 * 1000;
const PROJECT = "alphapkg";
const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const { url } = await serve(sandbox, index);
const [ada, bob] = ["ada", "bob"].map((name) => new Developer({ made: index }, `${url}/`, name, Date.now)) as [
  Developer,
  Developer,
];
const adas = soleProject(PROJECT, ada.key, "Ada");
const [bundle, signatures] = [join(sandbox.folder, "bundle.json"), join(sandbox.folder, "holder.signatures")];
const overrides = new Map([[PROJECT, "Ada is known to us"]]);
const apply = () => applyCeremony(index.data, bundle, [signatures]);
const sign = async (): Promise<void> => {
  await signChecked(await checkCeremony(bundle, index.keys, overrides, Date.now()), index.keys, signatures, overrides);
};

/** A role as it stands. */
async function present(name: string): Promise<Targets> {
  const { store } = await openIndex(index.data);
  try {
    const { version } = (await store.roles()).find((role) => role.name === name) ?? assert.fail(name);
    return readTargets((await store.roleFile(name, version)) ?? assert.fail()).signed;
  } finally {
    await store.close();
  }
}

const delegates = async (kind: "claimed" | "recently-claimed"): Promise<boolean> =>
  (await present(shardRole(kind, shardOf(makeSharding(256), PROJECT)))).delegations?.roles.has(projectRole(PROJECT)) ===
  true;

test("a bundle from another time, and a folder without keys or record, are refused before anything is signed", async () => {
  for (const developer of [ada, bob]) {
    assert.equal((await developer.enrol()).status, 201);
    await developer.login();
  }
  const claimed = await ada.release(PROJECT, [makeWheel({ name: PROJECT, version: "1.0" })], adas);
  assert.equal(claimed.status, 200, Buffer.from(claimed.body).toString());
  await proposeCeremony(index.data, bundle);
  for (const away of [-2 * DAY, 31 * DAY]) {
    await assert.rejects(checkCeremony(bundle, index.keys, overrides, Date.now() + away), {
      code: "CEREMONY_BUNDLE_AGE",
      message: "the bundle was proposed at another time than this machine's clock says",
    });
  }
  const empty = join(sandbox.folder, "empty");
  await mkdir(empty);
  await assert.rejects(checkCeremony(bundle, empty, overrides, Date.now()), { code: "CEREMONY_KEYS" });
  const checked = await checkCeremony(bundle, index.keys, overrides, Date.now());
  await assert.rejects(signChecked(checked, empty, signatures, overrides), { code: "CEREMONY_KEYS" });
});

test("a project goes on between proposal and publication, with other releasers too: the ceremony is not held up", async () => {
  await sign();
  const more = changeProject(adas, { addReleasers: [{ key: bob.key, person: "Bob" }] });
  const answer = await ada.release(PROJECT, [makeWheel({ name: PROJECT, version: "2.0" })], more);
  assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
  assert.equal(await delegates("recently-claimed"), true);
});

test("killed between publishing and its last word, apply is run again and does the rest; a third time it refuses", async () => {
  const state = stateFile(index.data);
  // Where the file of the state is to be put lies something that is not to be replaced: the command ends there.
  await mkdir(state);
  await assert.rejects(apply());
  assert.equal(await delegates("claimed"), true, "it is published");
  await rmdir(state);
  const applied = await apply();
  assert.deepEqual([applied.ceremony, applied.promoted], [2, [PROJECT]]);
  assert.match(await readFile(state, "utf8"), /^alphapkg claimed since=2@/);
  await assert.rejects(apply(), {
    code: "CEREMONY_REFUSED",
    message: /^the role [a-z.0-9-]+ has changed since it was/,
  });
});

test("promoted, the claim stands once, and in the rows as what it is", async () => {
  assert.deepEqual([await delegates("claimed"), await delegates("recently-claimed")], [true, false]);
  const database = new DatabaseSync(join(index.data, "index.sqlite"), { readOnly: true });
  assert.equal(
    database.prepare("SELECT protection FROM project WHERE name = ?").get(PROJECT)?.["protection"],
    "claimed",
  );
  database.close();
  const released = await ada.release(PROJECT, [makeWheel({ name: PROJECT, version: "3.0" })]);
  assert.equal(released.status, 200, Buffer.from(released.body).toString());
});

test("the next ceremony takes it up from there", async () => {
  await rm(bundle);
  await proposeCeremony(index.data, bundle);
  const { composed } = await checkCeremony(bundle, index.keys, new Map(), Date.now());
  assert.deepEqual(
    composed.decisions.map(({ project, action }) => [project, action]),
    [[PROJECT, "update"]],
  );
});

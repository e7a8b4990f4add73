/*
 * What happens between a ceremony's proposal and its publication, and while it is published: projects go on, the command is
 * killed, a bundle is old. Propose, sign and apply are the commands' own functions; the index is a running one.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import {
  changeProject,
  decodeStatus,
  makeSharding,
  projectRole,
  shardOf,
  shardRole,
  soleProject,
  type ProjectDraft,
} from "@countermark/repository";
import { readTargets, type Targets } from "@countermark/tuf";
import { ceremonyInWords } from "../../packages/client/src/ceremony/in-words.ts";
import { checkCeremony, signChecked, type CheckedCeremony } from "../../packages/client/src/ceremony/sign.ts";
import { writeRecord } from "../../packages/client/src/ceremony/key-folder.ts";
import { applyCeremony } from "../../packages/server/src/ceremony/apply.ts";
import { letGo, proposeCeremony, stateFile } from "../../packages/server/src/ceremony/propose.ts";
import { openIndex } from "../../packages/server/src/data-folder.ts";
import { codeOf, Developer, type ApiAnswer } from "../../packages/server/test/api/developer.ts";
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
const [ada, bob, eva] = ["ada", "bob", "eva"].map(
  (name) => new Developer({ made: index }, `${url}/`, name, Date.now),
) as [Developer, Developer, Developer];
const adas = soleProject(PROJECT, ada.key, "Ada");
const [bundle, signatures] = [join(sandbox.folder, "bundle.json"), join(sandbox.folder, "holder.signatures")];
const overrides = new Map([[PROJECT, "Ada is known to us"]]);
const HELD = "betapkg";
const apply = () => applyCeremony(index.data, bundle, [signatures]);
const sign = async (agreed = overrides): Promise<CheckedCeremony> => {
  const checked = await checkCeremony(bundle, index.keys, agreed, Date.now());
  await signChecked(checked, index.keys, signatures, agreed);
  return checked;
};
const mustPass = ({ status, body }: ApiAnswer): void => assert.equal(status, 200, Buffer.from(body).toString());

/** Hands a project to somebody: signed by who has it and who gets it, as far as they are given. */
async function handOn(project: string, draft: ProjectDraft, ...signers: readonly Developer[]): Promise<ApiAnswer> {
  const [first = assert.fail(), ...others] = signers;
  const opened = await first.open(project);
  const { p = assert.fail(), r = assert.fail() } = await first.next(project, opened, {}, draft);
  let [owners, list] = [p, r];
  for (const other of others) owners = await other.sign(readTargets(owners).signed, owners);
  const releasers = new Set(draft.releasers?.keys.map(({ keyId }) => keyId));
  const releaser = signers.find(({ key }) => releasers.has(key.keyId)) ?? first;
  if (releaser !== first) list = (await releaser.next(project, opened, {})).r ?? assert.fail();
  return first.commit(project, opened.id, { p: owners, r: list });
}

async function withdrawnKeys(project: string): Promise<readonly string[]> {
  const name = shardRole("status", shardOf(makeSharding(256), project));
  return [
    ...(decodeStatus(await present(name), name)
      .projectKeys.get(project)
      ?.keys() ?? []),
  ];
}

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
  for (const developer of [ada, bob, eva]) {
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

test("held: between proposal and publication the owners change only by the word of those who were proposed", async () => {
  mustPass(await ada.release(HELD, [makeWheel({ name: HELD, version: "1.0" })], soleProject(HELD, ada.key)));
  await Promise.all([bundle, signatures].map((file) => rm(file)));
  const proposed = await proposeCeremony(index.data, bundle);
  assert.equal(proposed.claims, 2);
  await sign(new Map([[HELD, "Ada is known to us"]]));
  const [bobs, evas] = [soleProject(HELD, bob.key, "Bob"), soleProject(HELD, eva.key, "Eva")];
  mustPass(await handOn(HELD, bobs, ada, bob));
  const second = await handOn(HELD, evas, bob, eva);
  assert.equal(codeOf(second), "TX_HELD", Buffer.from(second.body).toString());
  mustPass(await bob.release(HELD, [makeWheel({ name: HELD, version: "1.1" })]));
  assert.deepEqual((await apply()).promoted, [HELD]);
  // Published, the delegation itself asks for those whom it names, until the next ceremony.
  assert.equal(codeOf(await handOn(HELD, evas, bob, eva)), "TX_SIGNATURES");
});

test("let go, a project is handed on twice, and the bundle that did not know of it is refused whole", async () => {
  const loose = "gammapkg";
  mustPass(await ada.release(loose, [makeWheel({ name: loose, version: "1.0" })], soleProject(loose, ada.key)));
  await Promise.all([bundle, signatures].map((file) => rm(file)));
  await proposeCeremony(index.data, bundle);
  const reasons = new Map([[loose, "Ada is known to us"]]);
  const { record } = await sign(reasons);
  mustPass(await handOn(loose, soleProject(loose, bob.key), ada, bob));
  await letGo(index.data);
  mustPass(await handOn(loose, soleProject(loose, eva.key), bob, eva));
  await assert.rejects(apply(), { code: "CEREMONY_REFUSED", message: /^gammapkg was handed on twice since it was/ });
  await writeRecord(index.keys, record);
});

test("whoever is let go makes their project urgent; when the ceremony has recorded it, the index's own withdrawal is lifted", async () => {
  mustPass(await ada.release(PROJECT, [], changeProject(adas, { addReleasers: [{ key: eva.key }] })));
  assert.deepEqual(await withdrawnKeys(PROJECT), [bob.key.identity]);
  await Promise.all([bundle, signatures].map((file) => rm(file)));
  const { urgent } = await proposeCeremony(index.data, bundle);
  assert.deepEqual(urgent, [PROJECT, HELD]);
  const { composed } = await sign(new Map());
  const words = ceremonyInWords(composed);
  const title = words.findIndex((line) => line.startsWith("urgent: somebody was let go"));
  assert.deepEqual(words.slice(title + 1, title + 3), [
    `  ${HELD}: other owners, and all of those before have signed it`,
    `  ${PROJECT}: the same owners as before`,
  ]);
  // Eva goes only now: this ceremony does not know it, and her key stays withdrawn.
  mustPass(await ada.release(PROJECT, [], adas));
  await apply();
  assert.deepEqual(await withdrawnKeys(PROJECT), [eva.key.identity]);
  const back = changeProject(adas, { addReleasers: [{ key: bob.key }] });
  mustPass(await ada.release(PROJECT, [], back));
  const eager = changeProject(adas, { addReleasers: [{ key: eva.key }] });
  assert.equal(codeOf(await ada.release(PROJECT, [], eager)), "TX_KEY");
});

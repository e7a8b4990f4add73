/*
 * The state changes of TRUST.md 4 that a developer's commands and a ceremony reach, each seen by a returning installer, who
 * knew the old state, and by a new one. The index is a running one, changes come in by its API, and the ceremony is what the
 * commands do; the installers are the client's own sessions, with a trusted state on disk. What a ceremony is needed for is
 * told after it, and not before. Seals, dormancy and recovery are no commands yet; who tries the rest has to steal the index
 * (test/attacks/people.test.ts, stolen-index.test.ts).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as wire from "@countermark/repository";
import { readTargets, type Targets } from "@countermark/tuf";
import { explain } from "../../packages/client/src/explain/explain.ts";
import { inWords } from "../../packages/client/src/explain/words.ts";
import { makeVisitor, type Visited, type Visitor } from "../../packages/client/test/fixture/visitor.ts";
import { codeOf, described, Developer, type ApiAnswer } from "../../packages/server/test/api/developer.ts";
import { holdCeremony } from "../harness/ceremony.ts";
import { countermarkServer } from "../harness/commands.ts";
import { makeWheel, writeDistributions, type Distribution } from "../harness/distributions/distributions.ts";
import { fetchRole, importFiles, initIndex, serve } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const wheel = (name: string, version = "1.0"): Distribution => makeWheel({ name, version });
await importFiles(sandbox, index, [wheel("adopted"), wheel("looked-at")]);
const { url } = await serve(sandbox, index);
const ceremony = (projects?: readonly string[]) => holdCeremony(index, sandbox.folder, projects);
const [ada, bob, carol] = ["ada", "bob", "carol"].map(
  (name) => new Developer({ made: index }, `${url}/`, name, Date.now),
) as [Developer, Developer, Developer];

const KEY = "[0-9a-f]{12}";
const GONE = /was deleted by its owners: it lists no file any more, and its name stays taken/;
const changed = (text: string): RegExp => new RegExp(text.replaceAll("KEY", KEY));

/** One change of a project's state, and what each installer sees of it. */
interface Row {
  readonly project: string;
  readonly change: string;
  /** What stands before, beside what the set-up makes of it. */
  readonly from: wire.ProjectStanding;
  /** The old list is Ada's alone; of these it is shared by Ada and Bob. */
  readonly shared?: true;
  readonly does: (project: string) => Promise<unknown>;
  /** The returning installer is told at once, or only when the next ceremony has recorded it. Nothing: it is silent. */
  readonly toldAtOnce?: RegExp;
  readonly toldAfterCeremony?: RegExp;
  /** What it is for both installers, before and after the next ceremony. */
  readonly becomes: readonly [wire.Protection, wire.Protection];
  readonly files?: number;
}

const sole = (project: string): wire.ProjectDraft => wire.soleProject(project, ada.key, "Ada");
const both = (project: string): wire.ProjectDraft =>
  wire.changeProject(sole(project), {
    addOwners: [{ key: bob.key, person: "Bob" }],
    addReleasers: [{ key: bob.key, person: "Bob" }],
  });
/** Carol owns it, Ada goes on releasing. */
const given = (project: string): wire.ProjectDraft =>
  wire.changeProject(sole(project), {
    addOwners: [{ key: carol.key, person: "Carol" }],
    removeOwners: [ada.key.keyId],
  });
const carols = (project: string): wire.ProjectDraft => wire.soleProject(project, carol.key, "Carol");

const rows: readonly Row[] = [
  {
    ...{ project: "fresh", from: "none", change: "none -> recently-claimed" },
    does: (project) => claim(project),
    becomes: ["recently-claimed", "claimed"],
  },
  {
    ...{ project: "adopted", from: "unclaimed", change: "unclaimed -> recently-claimed, installed before" },
    does: (project) => adopt(project),
    toldAtOnce: changed("^adopted is now claimed by Ada \\(KEY\\); it had files before that$"),
    becomes: ["recently-claimed", "claimed"],
  },
  {
    ...{ project: "looked-at", from: "unclaimed", change: "unclaimed -> recently-claimed, only seen before" },
    does: (project) => adopt(project),
    becomes: ["recently-claimed", "claimed"],
  },
  {
    ...{ project: "promoted", from: "recently-claimed", change: "recently-claimed -> claimed, the same owners" },
    does: (project) => ada.release(project, [wheel(project, "2.0")]).then(mustPass),
    becomes: ["recently-claimed", "claimed"],
    files: 2,
  },
  {
    ...{ project: "sold", from: "recently-claimed", change: "recently-claimed -> other owners, by all of them" },
    does: (project) => handOver(project, carols(project), ada, carol),
    toldAtOnce: changed(
      "^sold is owned by not the same people as before: Carol \\(KEY\\), after Ada \\(KEY\\), who have all signed that\n" +
        "sold is released by not the same people as before: Carol \\(KEY\\) may now, Ada \\(KEY\\) may no longer$",
    ),
    becomes: ["recently-claimed", "claimed"],
  },
  {
    ...{ project: "handed-on", from: "claimed", change: "claimed -> other owners, by all of them" },
    does: (project) => handOver(project, given(project), ada, carol),
    toldAfterCeremony: changed(
      "^handed-on is owned by not the same people as before: Carol \\(KEY\\), after Ada \\(KEY\\), who have all signed that$",
    ),
    becomes: ["claimed", "claimed"],
  },
  {
    ...{ project: "usurped", from: "claimed", shared: true, change: "claimed -> other owners, by a part of them" },
    does: async (project) => {
      const answer = await commit(project, sole(project), [ada]);
      // Nothing is wrong but that Bob must sign too: it waits, and nothing is published.
      assert.equal(answer.status, 202, Buffer.from(answer.body).toString());
    },
    becomes: ["claimed", "claimed"],
  },
  {
    ...{ project: "joined", from: "claimed", change: "claimed, another releaser" },
    does: (project) =>
      handOver(project, wire.changeProject(sole(project), { addReleasers: [{ key: bob.key, person: "Bob" }] }), ada),
    toldAtOnce: changed("^joined is released by not the same people as before: Bob \\(KEY\\) may now$"),
    becomes: ["claimed", "claimed"],
  },
  {
    ...{ project: "parted", from: "claimed", shared: true, change: "claimed, an owner and releaser less" },
    does: (project) => handOver(project, sole(project), ada, bob),
    toldAtOnce: changed("^parted is released by not the same people as before: Bob \\(KEY\\) may no longer$"),
    toldAfterCeremony: changed("^parted is owned by not the same people as before: Ada \\(KEY\\), after "),
    becomes: ["claimed", "claimed"],
  },
  {
    ...{ project: "gone", from: "claimed", change: "claimed -> tombstone" },
    does: (project) => deleteAll(project),
    toldAtOnce: GONE,
    toldAfterCeremony: GONE,
    becomes: ["claimed", "claimed"],
    files: 0,
  },
  {
    ...{ project: "kept", from: "claimed", change: "claimed -> unclaimed or recently-claimed: never" },
    does: (project) => tryToUnclaim(project),
    becomes: ["claimed", "claimed"],
  },
];

let returning: Visitor;
let visited: Visited;

before(async () => {
  for (const developer of [ada, bob, carol]) {
    assert.equal((await developer.enrol()).status, 201);
    await developer.login();
  }
  for (const project of ["adopted", "looked-at"]) {
    const member = ["project", "member", "add", project, "ada", "--role", "owner", "--data", index.data];
    assert.equal((await sandbox.run(countermarkServer, member)).code, 0);
  }
  const owned = rows.filter(({ from }) => from === "claimed" || from === "recently-claimed");
  for (const { project, shared } of owned) await claim(project, shared === true ? both(project) : sole(project));
  await ceremony(owned.filter(({ from }) => from === "claimed").map(({ project }) => project));
  visited = {
    fingerprint: index.fingerprint,
    url: `${url}/`,
    repository: { file: () => root, now: Date.now() },
  };
  returning = await makeVisitor(visited);
  scope.after(() => returning[Symbol.asyncDispose]());
  returning.now = Date.now();
  const session = await returning.visit();
  for (const { project, from } of rows) {
    const listing = await session.listing(project);
    assert.equal(listing.exists ? listing.protection : "none", from);
    const [file] = listing.files;
    // Only looked at: nothing of it was given to an installer.
    if (file === undefined || project === "looked-at") continue;
    await (await session.open({ listing, file })).handle.close();
  }
  session.flush();
  assert.deepEqual(session.warnings, []);
  for (const { project, does } of rows) await does(project);
});

const root = await fetchRole(url, "1.root.json");

test("at once: what the owners and the index sign", async (t) => {
  for (const row of rows) await t.test(row.change, () => seen(row, 0));
});

test("after the next ceremony: what its holders sign", async (t) => {
  await ceremony(["fresh", "adopted", "looked-at", "promoted", "sold"]);
  for (const row of rows) await t.test(row.change, () => seen(row, 1));
});

test("the same once more is no news, but for what is missed each time", async () => {
  const session = await visit(returning);
  for (const { project } of rows) await session.listing(project);
  session.flush();
  assert.deepEqual(
    session.warnings.filter(
      (line) => !line.endsWith("was deleted by its owners: it lists no file any more, and its name stays taken"),
    ),
    [],
  );
});

test("a tombstone keeps its name: nobody else begins there, and 'why' says who deleted it", async () => {
  const asked = await carol.ask("POST", wire.apiPaths.transactions("gone"), Buffer.from("{}"));
  assert.equal(codeOf(asked), "NOT_ALLOWED");
  const why = await explain(await visit(returning), returning.ports.repository, "gone");
  assert.match(inWords(why, Date.now()), /^gone: deleted by its owners: no file is left, and the name stays taken \(/);
});

async function seen({ project, becomes, toldAtOnce, toldAfterCeremony, files = 1 }: Row, when: 0 | 1): Promise<void> {
  const session = await visit(returning);
  const listing = await session.listing(project);
  assert.equal(listing.protection, becomes[when]);
  assert.equal(listing.files.length, files);
  const told = [toldAtOnce, toldAfterCeremony][when];
  if (told === undefined) assert.deepEqual(session.warnings, []);
  else assert.match(session.warnings.join("\n"), told);
  session.flush();
  await using newcomer = await makeVisitor(visited);
  const fresh = await visit(newcomer);
  const theirs = await fresh.listing(project);
  assert.deepEqual([theirs.protection, theirs.files.length, fresh.warnings], [becomes[when], files, []]);
}

function visit(visitor: Visitor) {
  visitor.now = Date.now();
  return visitor.visit();
}

function mustPass({ status, body }: ApiAnswer): void {
  assert.equal(status, 200, Buffer.from(body).toString());
}

async function claim(project: string, draft = sole(project)): Promise<void> {
  // Each owner signs: whoever is made one must want it.
  mustPass(await commit(project, draft, draft.owners.keys.length > 1 ? [ada, bob] : [ada], [wheel(project)]));
}

async function handOver(project: string, draft: wire.ProjectDraft, ...signers: readonly Developer[]): Promise<void> {
  mustPass(await commit(project, draft, signers));
}

async function commit(
  project: string,
  draft: wire.ProjectDraft,
  [first, ...others]: readonly Developer[],
  files: readonly Distribution[] = [],
): Promise<ApiAnswer> {
  const opened = await (first ?? ada).open(project);
  for (const file of files) await (first ?? ada).put(project, opened.id, file);
  const add = files.map((file) => described(file, Date.now()));
  const releases = new Set(draft.releasers?.keys.map(({ keyId }) => keyId));
  const releaser = [first ?? ada, ...others].find(({ key }) => releases.has(key.keyId)) ?? ada;
  let { p = assert.fail() } = await (first ?? ada).next(project, opened, { add }, draft);
  const { r } = await releaser.next(project, opened, { add });
  for (const other of others) p = await other.sign(readTargets(p).signed, p);
  return (first ?? ada).commit(project, opened.id, { p, ...(r && { r }) });
}

/** What stands is taken over as it is. */
async function adopt(project: string): Promise<void> {
  const opened = await ada.open(project);
  const file = wheel(project);
  const shard = wire.shardRole("unclaimed", wire.shardOf(wire.makeSharding(256), project));
  const there = wire.filesIn(await present(shard), project).get(file.filename) ?? assert.fail();
  const term = { version: 1, expires: Date.now() + wire.PROFILES.default.developer };
  const list = wire.adopt(new Map([[file.filename, there]]));
  mustPass(
    await ada.commit(project, opened.id, {
      p: await ada.sign(wire.composeProjectRole(sole(project), term)),
      r: await ada.sign(wire.composeReleaseRole(project, list, term)),
    }),
  );
}

async function present(role: string): Promise<Targets> {
  const meta = async (file: string) => {
    const { signed } = JSON.parse((await fetchRole(url, file)).toString()) as {
      signed: { meta: Record<string, { version: number } | undefined> };
    };
    return signed.meta;
  };
  const { version = 0 } = (await meta("timestamp.json"))["snapshot.json"] ?? {};
  const snapshot = await meta(`${version}.snapshot.json`);
  return readTargets(await fetchRole(url, `${snapshot[`${role}.json`]?.version ?? 0}.${role}.json`)).signed;
}

async function deleteAll(project: string): Promise<void> {
  const opened = await ada.open(project);
  const remove = [wheel(project).filename];
  mustPass(await ada.commit(project, opened.id, await ada.next(project, opened, { remove })));
}

/** Whatever another account and the operator's own commands could do to make it nobody's again. */
async function tryToUnclaim(project: string): Promise<void> {
  const stranger = await carol.ask("POST", wire.apiPaths.transactions(project), Buffer.from("{}"));
  assert.equal(codeOf(stranger), "NOT_ALLOWED");
  const folder = writeDistributions(join(sandbox.folder, "imported-over"), [wheel(project, "6.6")]);
  const imported = await sandbox.run(countermarkServer, ["import", "--data", index.data, folder]);
  assert.notEqual(imported.code, 0, imported.output);
  const deleted = ["delete", "--data", index.data, project, "1.0"];
  const ending = await sandbox.run(countermarkServer, deleted);
  assert.notEqual(ending.code, 0, ending.output);
}

import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import * as wire from "@countermark/repository";
import { readTargets } from "@countermark/tuf";
import { makeSdist, makeWheel, type Distribution } from "../../../../test/harness/distributions/distributions.ts";
import { changeIndex } from "../../src/changes/apply.ts";
import { Checker } from "../../src/checking/checker.ts";
import { presentOf } from "../../src/claims/present.ts";
import { Staging } from "../../src/claims/staging.ts";
import { receive } from "../../src/claims/receive.ts";
import type { IndexStore } from "../../src/storage/index-store.ts";
import { DAY, NOW, SHARDS } from "../fixtures.ts";
import { ask, testIndex, type TestIndex } from "../serving.ts";
import { encodeForm, partsFor, post } from "../upload/form.ts";
import { codeOf, described, Developer, forged } from "./developer.ts";

const PROJECT = "hello-world";
const wheel = (version: string, name = PROJECT): Distribution => makeWheel({ name, version });

interface Stage {
  readonly index: TestIndex;
  readonly url: string;
  readonly someone: (account: string) => Promise<Developer>;
}

async function stage(t: TestContext): Promise<Stage> {
  const index = await testIndex(t);
  const { url } = await index.serve();
  const someone = async (account: string): Promise<Developer> => {
    const developer = new Developer(index, url, account);
    await developer.enrol();
    return developer.login();
  };
  return { index, url, someone };
}

async function filesOnPage(url: string, project = PROJECT): Promise<readonly string[]> {
  const answer = await ask(url, `/simple/${project}/`, { accept: "application/vnd.pypi.simple.v1+json" });
  if (answer.status === 404) return [];
  const page = JSON.parse(answer.body.toString()) as { files: { filename: string }[] };
  return page.files.map(({ filename }) => filename).sort();
}

suite("project transactions", () => {
  test("a new project is claimed and released at once, and released again", async (t) => {
    const { url, someone } = await stage(t);
    const ada = await someone("ada");
    const draft = wire.soleProject(PROJECT, ada.key, "Ada");
    const first = await ada.release(PROJECT, [wheel("1.0"), makeSdist({ name: PROJECT, version: "1.0" })], draft);
    assert.equal(first.status, 200, Buffer.from(first.body).toString());
    assert.deepEqual(wire.decodeCommitOutcome(first.body), { outcome: "published", p: 1, r: 1, warnings: [] });
    assert.deepEqual(await filesOnPage(url), ["hello_world-1.0-py3-none-any.whl", "hello_world-1.0.tar.gz"]);
    assert.equal((await ada.release(PROJECT, [wheel("1.1")])).status, 200);
    assert.equal((await filesOnPage(url)).length, 3);
    const state = wire.decodeProjectState((await ada.ask("GET", wire.apiPaths.project(PROJECT))).body);
    assert.equal(state.standing, "recently-claimed");
    assert.equal(readTargets(state.r ?? assert.fail()).signed.version, 2);
  });

  test("a quarantined project takes no signed file either; its owners can still change their roles", async (t) => {
    const { index, someone } = await stage(t);
    const ada = await someone("ada");
    const draft = wire.soleProject(PROJECT, ada.key, "Ada");
    await ada.release(PROJECT, [wheel("1.0")], draft);
    const mark = async (status: "quarantined" | "active") => {
      const payload = wire.statusPayload({ action: "mark", status, reason: "" });
      await changeIndex(
        index.data,
        "operator",
        () => NOW,
        async () => Promise.resolve({ kind: "status", project: PROJECT, payload }),
      );
    };
    await mark("quarantined");
    assert.equal(codeOf(await ada.release(PROJECT, [wheel("1.1")])), "PROJECT_CLOSED");
    const roles = await ada.release(PROJECT, [], draft);
    assert.equal(roles.status, 200, Buffer.from(roles.body).toString());
    await mark("active");
    assert.equal((await ada.release(PROJECT, [wheel("1.1")])).status, 200);
  });

  test("what stands of a project is read from its own roles and its shard's, however many others there are", async (t) => {
    const { index, someone } = await stage(t);
    const ada = await someone("ada");
    for (const name of [PROJECT, "other"])
      await ada.release(name, [wheel("1.0", name)], wire.soleProject(name, ada.key));
    const asked: (readonly string[] | undefined)[] = [];
    const store = Object.create(index.index.store, {
      roles: {
        value: (names?: readonly string[]) => {
          asked.push(names);
          return index.index.store.roles(names);
        },
      },
      roleFile: { value: (name: string, version: number) => index.index.store.roleFile(name, version) },
      filesOf: { value: (project: string) => index.index.store.filesOf(project) },
      heldClaim: { value: (project: string) => index.index.store.heldClaim(project, NOW) },
    }) as IndexStore;
    const present = await presentOf({ ...index.index, store }, PROJECT, () => NOW);
    assert.equal(present.p?.role.signed.version, 1);
    assert.equal(present.names.size, 1);
    const shard = wire.shardOf(wire.makeSharding(SHARDS), PROJECT);
    assert.deepEqual(asked, [
      [
        ...[`p.${PROJECT}`, `r.${PROJECT}`],
        ...["claimed", "sealed", "recently-claimed", "unclaimed", "status"].map((role) => `${role}.${shard}`),
      ],
    ]);
  });

  test("an account claims so many new projects in a day, and goes on releasing what it has", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve(undefined, { maxNewClaims: 2 });
    const claimOf = (who: Developer, name: string) =>
      who.release(name, [wheel("1.0", name)], wire.soleProject(name, who.key));
    const [ada, bob] = [new Developer(index, url, "ada"), new Developer(index, url, "bob")];
    for (const each of [ada, bob]) await each.enrol().then(() => each.login());
    for (const name of ["one", "two"]) assert.equal((await claimOf(ada, name)).status, 200);
    const third = await claimOf(ada, "three");
    assert.deepEqual([third.status, codeOf(third)], [429, "TOO_MANY_CLAIMS"]);
    assert.deepEqual(await filesOnPage(url, "three"), []);
    assert.equal((await ada.release("one", [wheel("1.1", "one")])).status, 200, "control");
    assert.equal((await claimOf(bob, "four")).status, 200, "control");
    index.clock.now += DAY;
    await ada.login();
    const later = new Developer(index, url, "eve", () => index.clock.now);
    await later.enrol();
    await later.login();
    assert.equal((await claimOf(later, "five")).status, 200);
    const { claims } = index.index;
    const again = (most: number) => claims.noteNewClaim({ account: "ada", project: "six", at: NOW }, NOW - DAY, most);
    assert.deepEqual([await again(2), await again(3), await again(3)], ["full", "noted", "noted"]);
    await claims.sweep(index.clock.now);
    assert.equal(
      await claims.noteNewClaim({ account: "ada", project: "seven", at: NOW }, 0, 1),
      "noted",
      "all forgotten",
    );
  });

  test("strangers release nothing: no key, no session, another's transaction, a forged role", async (t) => {
    const { url, someone } = await stage(t);
    const [ada, eve] = [await someone("ada"), await someone("eve")];
    await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
    assert.equal(codeOf(await eve.ask("POST", wire.apiPaths.transactions(PROJECT), Buffer.from("{}"))), "NOT_ALLOWED");
    assert.equal(codeOf(await eve.ask("POST", wire.apiPaths.transactions(PROJECT), Buffer.from("{}"), "")), "SIGN_IN");
    const opened = await ada.open(PROJECT);
    assert.equal(codeOf(await eve.put(PROJECT, opened.id, wheel("2.0"))), "NOT_ALLOWED");
    await ada.put(PROJECT, opened.id, wheel("2.0"));
    const honest = await ada.next(PROJECT, opened, { add: [described(wheel("2.0"))] });
    const forgery = await forged(readTargets(honest.r ?? assert.fail()).signed);
    assert.equal(codeOf(await ada.commit(PROJECT, opened.id, { r: forgery })), "TX_SIGNATURES");
    assert.equal(codeOf(await ada.commit("other", opened.id, honest)), "NOTHING_THERE");
    assert.deepEqual(await filesOnPage(url), ["hello_world-1.0-py3-none-any.whl"]);
    assert.equal((await ada.commit(PROJECT, opened.id, honest)).status, 200, "control");
  });

  test("a file that is broken, another project's, or not sent: nothing is published, nothing is lost", async (t) => {
    const { url, someone } = await stage(t);
    const ada = await someone("ada");
    await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
    const opened = await ada.open(PROJECT);
    assert.equal(codeOf(await ada.put(PROJECT, opened.id, wheel("1.0", "other"))), "NOT_ALLOWED");
    const cut = { ...wheel("2.0"), bytes: wheel("2.0").bytes.subarray(0, 200) };
    assert.equal((await ada.put(PROJECT, opened.id, cut)).status, 422);
    const commit = await ada.next(PROJECT, opened, { add: [described(wheel("2.0"))] });
    assert.equal(codeOf(await ada.commit(PROJECT, opened.id, commit)), "TX_BLOB");
    assert.deepEqual(await filesOnPage(url), ["hello_world-1.0-py3-none-any.whl"]);
  });

  test("two at once: the second is told what stands, re-bases, and nothing is lost", async (t) => {
    const { url, someone } = await stage(t);
    const ada = await someone("ada");
    await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
    const [one, other] = [await ada.open(PROJECT), await ada.open(PROJECT)];
    await ada.put(PROJECT, one.id, wheel("1.1"));
    await ada.put(PROJECT, other.id, wheel("1.2"));
    const change = { add: [described(wheel("1.2"))] };
    const late = await ada.next(PROJECT, other, change);
    const answers = await Promise.all([
      ada.commit(PROJECT, one.id, await ada.next(PROJECT, one, { add: [described(wheel("1.1"))] })),
      ada.commit(PROJECT, other.id, late),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const [loser, id, added] =
      answers[0].status === 409
        ? ([answers[0], one.id, wheel("1.1")] as const)
        : ([answers[1], other.id, wheel("1.2")] as const);
    const problem = wire.decodeProblem(loser.body);
    assert.equal(problem.code, "TX_CONFLICT");
    const present = wire.readProjectState(problem.members);
    const again = await ada.next(PROJECT, present, { add: [described(added)] });
    assert.equal((await ada.commit(PROJECT, id, again)).status, 200);
    assert.equal((await filesOnPage(url)).length, 3);
  });

  test("one of two signs, the other adds a signature: then it is published", async (t) => {
    const { url, someone } = await stage(t);
    const [ada, bob, eve] = [await someone("ada"), await someone("bob"), await someone("eve")];
    const both = wire.changeProject(wire.soleProject(PROJECT, ada.key), {
      addReleasers: [{ key: bob.key }],
      releaseThreshold: 2,
    });
    const opened = await ada.open(PROJECT);
    await ada.put(PROJECT, opened.id, wheel("1.0"));
    const alone = await ada.next(PROJECT, opened, { add: [described(wheel("1.0"))] }, both);
    assert.equal((await ada.commit(PROJECT, opened.id, alone)).status, 202);
    assert.deepEqual(await filesOnPage(url), []);
    // Nobody's project has no other releasers yet: the first list goes from hand to hand.
    const r = alone.r ?? assert.fail();
    const signed = await bob.sign(readTargets(r).signed, r);
    assert.equal((await ada.commit(PROJECT, opened.id, { ...alone, r: signed })).status, 200);
    const second = await ada.open(PROJECT);
    await ada.put(PROJECT, second.id, wheel("1.1"));
    const half = await ada.next(PROJECT, second, { add: [described(wheel("1.1"))] });
    assert.equal((await ada.commit(PROJECT, second.id, half)).status, 202);
    const [waiting] = wire.decodeWaitingList((await bob.ask("GET", wire.apiPaths.transactions(PROJECT))).body);
    assert.equal(waiting?.id, second.id);
    const path = wire.apiPaths.transaction(PROJECT, second.id);
    assert.equal(codeOf(await eve.ask("GET", path)), "NOT_ALLOWED");
    const found = wire.decodeWaiting((await bob.ask("GET", path)).body).r ?? assert.fail();
    const whole = await bob.sign(readTargets(found).signed, found);
    assert.equal((await bob.commit(PROJECT, second.id, { r: whole })).status, 200);
    assert.equal((await filesOnPage(url)).length, 2);
  });

  test("an unclaimed project is taken over by who owns it by the books, by nobody else", async (t) => {
    const { index, url, someone } = await stage(t);
    await index.import([wheel("0.9"), wheel("0.8")]);
    const [ada, eve] = [await someone("ada"), await someone("eve")];
    assert.equal(codeOf(await eve.ask("POST", wire.apiPaths.transactions(PROJECT), Buffer.from("{}"))), "NOT_ALLOWED");
    await index.index.accounts.setMember({ project: PROJECT, account: "ada", role: "owner", since: NOW });
    const opened = await ada.open(PROJECT);
    assert.equal(opened.standing, "unclaimed");
    const files = (await index.index.store.visibleFiles(PROJECT)) ?? assert.fail();
    const there = new Map(
      files.map((row) => [row.filename, { ...described(wheel(row.version)), uploadTime: row.uploadTime }]),
    );
    const list = wire.adopt(there, new Set(["hello_world-0.8-py3-none-any.whl"]));
    const term = { version: 1, expires: NOW + wire.PROFILES.default.developer };
    const commit = {
      p: await ada.sign(wire.composeProjectRole(wire.soleProject(PROJECT, ada.key), term)),
      r: await ada.sign(wire.composeReleaseRole(PROJECT, list, term)),
    };
    const outcome = await ada.commit(PROJECT, opened.id, commit);
    assert.equal(outcome.status, 200, Buffer.from(outcome.body).toString());
    assert.deepEqual(await filesOnPage(url), ["hello_world-0.9-py3-none-any.whl"]);
    const bins = await index.index.store.roles();
    const bin = bins.filter(({ name }) => name.startsWith("unclaimed."));
    for (const { name, version } of bin) {
      const role = readTargets((await index.index.store.roleFile(name, version)) ?? assert.fail()).signed;
      assert.ok(![...role.targets.keys()].some((path) => path.includes(`/${PROJECT}/`)), name);
    }
  });

  test("a releaser who is removed is withdrawn by status in the same step", async (t) => {
    const { index, someone } = await stage(t);
    const [ada, bob] = [await someone("ada"), await someone("bob")];
    const sole = wire.soleProject(PROJECT, ada.key);
    const both = wire.changeProject(sole, { addReleasers: [{ key: bob.key }] });
    assert.equal((await ada.release(PROJECT, [wheel("1.0")], both)).status, 200);
    assert.equal((await bob.release(PROJECT, [wheel("1.1")])).status, 200);
    assert.equal((await ada.release(PROJECT, [], sole)).status, 200);
    const shard = wire.shardRole("status", wire.shardOf(wire.makeSharding(16), PROJECT));
    const record = (await index.index.store.roles()).find(({ name }) => name === shard) ?? assert.fail();
    const bytes = (await index.index.store.roleFile(shard, record.version)) ?? assert.fail();
    const status = wire.decodeStatus(readTargets(bytes).signed, shard);
    assert.deepEqual([...(status.projectKeys.get(PROJECT)?.keys() ?? [])], [bob.key.identity]);
    assert.equal(codeOf(await bob.ask("POST", wire.apiPaths.transactions(PROJECT), Buffer.from("{}"))), "NOT_ALLOWED");
  });

  test("a staged file is seen by releasers alone, and taken up by a release that names its digest", async (t) => {
    const { index, url, someone } = await stage(t);
    const [ada, eve] = [await someone("ada"), await someone("eve")];
    await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
    const staging = new Staging({ index: index.index, clock: () => index.clock.now });
    const { filename, bytes } = wheel("1.1");
    const body = (async function* () {
      yield await Promise.resolve(bytes);
    })();
    await staging.add(
      PROJECT,
      await receive({ blobs: index.index.blobs, checker: new Checker() }, PROJECT, filename, body),
      "token CI",
    );
    const other = { ...described(wheel("1.1")), sha256: "00".repeat(32) };
    await assert.rejects(staging.add(PROJECT, other, "token CI"), { code: "FILE_EXISTS" });
    assert.equal((await filesOnPage(url)).length, 1, "invisible");
    assert.equal(codeOf(await eve.ask("GET", wire.apiPaths.staged(PROJECT))), "NOT_ALLOWED");
    const [staged] = wire.decodeStagedFiles((await ada.ask("GET", wire.apiPaths.staged(PROJECT))).body);
    assert.deepEqual([staged?.filename, staged?.by], [filename, "token CI"]);
    const content = await ada.ask("GET", wire.apiPaths.stagedFile(PROJECT, filename));
    assert.deepEqual(Buffer.from(content.body), bytes);
    const opened = await ada.open(PROJECT);
    const commit = await ada.next(PROJECT, opened, { add: [described(wheel("1.1"))] });
    assert.equal((await ada.commit(PROJECT, opened.id, commit)).status, 200);
    assert.equal((await filesOnPage(url)).length, 2);
    assert.deepEqual(wire.decodeStagedFiles((await ada.ask("GET", wire.apiPaths.staged(PROJECT))).body), []);
    const log = await index.index.audit.entries({ subject: PROJECT, limit: 10 });
    assert.deepEqual(
      log.map(({ actor, action }) => [actor, action]),
      [
        ["ada", "member.set"],
        ["token CI", "staged.add"],
      ],
    );
  });

  test("a stolen token of a claimed project leaves a staged file that no installer sees; of one's own it publishes", async (t) => {
    const { url, someone } = await stage(t);
    const ada = await someone("ada");
    await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
    const made = await ada.ask("POST", wire.apiPaths.tokens, wire.encodeTokenRequest({ label: "CI" }));
    const { token } = wire.decodeNewToken(made.body);
    const upload = (file: Distribution) =>
      post(url, encodeForm(partsFor(file)), { authorization: `Basic ${btoa(`__token__:${token}`)}` });
    const answer = await upload(wheel("6.6"));
    assert.equal(answer.status, 200, answer.body.toString());
    assert.match(answer.body.toString(), /: staged/);
    assert.deepEqual(await filesOnPage(url), ["hello_world-1.0-py3-none-any.whl"]);
    const staged = wire.decodeStagedFiles((await ada.ask("GET", wire.apiPaths.staged(PROJECT))).body);
    assert.deepEqual(
      staged.map(({ filename }) => filename),
      ["hello_world-6.6-py3-none-any.whl"],
    );
    const again = await upload(wheel("1.0"));
    assert.deepEqual([again.status, again.body.toString().includes(": known")], [200, true], again.body.toString());
    const waiting = wire.decodeStagedFiles((await ada.ask("GET", wire.apiPaths.staged(PROJECT))).body);
    assert.equal(waiting.length, 1, "what is signed does not wait to be signed");
    assert.equal((await upload(wheel("6.6", "nobodys"))).status, 200, "control");
    assert.equal((await filesOnPage(url, "nobodys")).length, 1, "control");
  });

  test("an answer to an invitation reaches the owners, with the account's own keys only", async (t) => {
    const { index, someone } = await stage(t);
    const [ada, bob, eve] = [await someone("ada"), await someone("bob"), await someone("eve")];
    await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
    const secret = Buffer.alloc(16, 9);
    const plain = {
      account: "bob",
      invitation: wire.invitationId(secret, PROJECT),
      release: bob.key.json,
      login: bob.identity.publicKeys.login.json,
    };
    const { repositoryId } = index.index.settings;
    const join = { ...plain, tag: wire.joinTag(secret, repositoryId, PROJECT, plain), proof: new Uint8Array(64) };
    const path = wire.apiPaths.joins(PROJECT);
    assert.equal(codeOf(await eve.ask("POST", path, wire.encodeJoin({ ...join, account: "eve" }))), "NOT_ALLOWED");
    assert.equal((await bob.ask("POST", path, wire.encodeJoin(join))).status, 204);
    for (let each = 1; each < 10; each += 1) {
      const invitation = String(each).repeat(64);
      assert.equal((await bob.ask("POST", path, wire.encodeJoin({ ...join, invitation }))).status, 204);
    }
    const log = await index.index.audit.entries({ subject: PROJECT, limit: 100 });
    const [first] = log.filter(({ action }) => action === "project.join");
    assert.deepEqual([first?.actor, first?.detail], ["bob", { invitation: plain.invitation }]);
    const flood = wire.encodeJoin({ ...join, invitation: "ab".repeat(32) });
    assert.equal(codeOf(await bob.ask("POST", path, flood)), "TOO_MANY", "nobody buries others' answers");
    assert.equal((await bob.ask("POST", path, wire.encodeJoin(join))).status, 204, "the same one again");
    assert.equal(codeOf(await eve.ask("GET", path)), "NOT_ALLOWED");
    const answers = wire.decodeJoins((await ada.ask("GET", path)).body);
    const found = answers.find(({ invitation }) => invitation === join.invitation);
    assert.ok(found !== undefined && wire.verifyJoin(secret, repositoryId, PROJECT, found));
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import fc from "fast-check";
import { confusableForm } from "@countermark/packaging";
import * as wire from "@countermark/repository";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { issueToken } from "../../src/accounts/issue.ts";
import { judgeName, looksOf, lookOf } from "../../src/names/judge.ts";
import type { NameRule } from "../../src/names/name-store.ts";
import { codeOf, described, Developer } from "../api/developer.ts";
import { server } from "../commands/command.ts";
import { NOW } from "../fixtures.ts";
import { testIndex, type Answer, type TestIndex } from "../serving.ts";
import { encodeForm, partsFor, post } from "../upload/form.ts";

const rule = (kind: NameRule["kind"], name: string, more: Partial<NameRule> = {}): NameRule => ({
  ...{ kind, name, exact: false, imports: false, accounts: [], note: "", since: NOW },
  ...more,
});
const ANN = { account: "ann" };

suite("what the rules say", () => {
  const judge = (project: string, rules: readonly NameRule[], by: typeof ANN | "operator" = ANN, twin?: string) => {
    const { heads, whole } = looksOf(project);
    const found = rules
      .map((one) => ({ one, ...lookOf(one.name) }))
      .filter((rule) => heads.includes(rule.look) || rule.whole === whole)
      .map(({ one }) => one);
    return judgeName(project, by, found, twin)?.code ?? "free";
  };

  test("a prefix is for those it is granted to, however it is written, and ends at a hyphen", () => {
    const acme = [rule("reserved", "acme", { accounts: ["bob"] })];
    for (const name of ["acme", "acme-billing", "acme-a-b"]) assert.equal(judge(name, acme), "NAME_RESERVED", name);
    for (const name of ["acmebilling", "my-acme", "acm"]) assert.equal(judge(name, acme), "free", name);
    assert.equal(judge("acme-billing", acme, { account: "bob" }), "free");
    assert.equal(judge("acme-billing", acme, "operator"), "NAME_RESERVED", "a stranger's file out of another index");
    assert.equal(judge("acme-billing", [rule("reserved", "acme", { imports: true })], "operator"), "free");
    const lib = [rule("reserved", "lib-io")];
    for (const name of ["1ib-i0", "1ib-i0-x", "libio"]) assert.equal(judge(name, lib), "NAME_RESERVED", name);
  });

  test("the most specific reservation counts, and an exact one lifts everything else", () => {
    const both = [rule("reserved", "acme"), rule("reserved", "acme-ann", { accounts: ["ann"] })];
    assert.equal(judge("acme-ann-x", both), "free");
    assert.equal(judge("acme-bob", both), "NAME_RESERVED");
    const exact = rule("reserved", "countermark", { exact: true, accounts: ["ann"] });
    assert.equal(judge("countermark", [exact], ANN, "c0untermark"), "free");
    assert.equal(judge("countermark", [exact], { account: "eve" }), "NAME_RESERVED");
    assert.equal(judge("countermark-x", [exact]), "free", "exact is about one name");
  });

  test("a prohibited name is so in every look; our own tools' names and requirements.txt always are", () => {
    const list = [rule("prohibited", "asyncio")];
    for (const name of ["asyncio", "async-io", "asynci0", "async1o"])
      assert.equal(judge(name, list), "NAME_PROHIBITED");
    assert.equal(judge("asyncio-extras", list), "free");
    for (const name of ["countermark", "counter-mark-server", "requirements-txt"])
      assert.equal(judge(name, []), "NAME_PROHIBITED");
    assert.equal(judge("pi1", [], ANN, "pil"), "NAME_CONFUSABLE");
  });
});

suite("where projects begin", () => {
  const scope = new Scope();
  let index: TestIndex;
  let url: string;
  const tokens = new Map<string, string>();
  before(async () => {
    index = await testIndex(scope);
    for (const name of ["ann", "bob"]) {
      await index.index.accounts.addAccount({ name, at: NOW });
      const request = { account: name, label: "", scopes: ["upload"], projects: undefined, days: 30 } as const;
      tokens.set(name, (await issueToken(index.index.accounts, request, NOW))?.secret ?? "");
    }
    await index.index.names.put(rule("reserved", "acme", { accounts: ["bob"] }));
    await index.index.names.put(rule("prohibited", "asyncio", { exact: true }));
    ({ url } = await index.serve());
  });
  after(() => scope.end());

  const upload = (name: string, account = "ann", version = "1.0"): Promise<Answer> =>
    post(url, encodeForm(partsFor(makeWheel({ name, version }))), {
      authorization: `Bearer ${tokens.get(account) ?? ""}`,
      accept: "application/json",
    });
  const codeOfUpload = async (answer: Promise<Answer>): Promise<unknown> => {
    const { status, body } = await answer;
    return status === 200 ? 200 : [status, (JSON.parse(body.toString()) as { error: string }).error];
  };

  test("the database folds names exactly as we do", async () => {
    const names = new Set(fc.sample(fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/), 200));
    const undone = new Error("undone");
    const folding = index.index.database.write(async (trx) => {
      const values = [...names].map((name) => ({ name, shard: "0", changed_in: null }));
      await trx.insertInto("project").values(values).execute();
      for (const { name, confusable } of await trx.selectFrom("project").select(["name", "confusable"]).execute())
        assert.equal(confusable, confusableForm(name));
      throw undone;
    });
    await assert.rejects(folding, undone);
  });

  test("uploads: each bar with its code, nothing begun; whom it is for may; what is there goes on", async () => {
    assert.deepEqual(await codeOfUpload(upload("acme-billing")), [400, "NAME_RESERVED"]);
    assert.deepEqual(await codeOfUpload(upload("async-io")), [400, "NAME_PROHIBITED"]);
    assert.equal(await codeOfUpload(upload("pillow")), 200);
    for (const name of ["pi11ow", "pill0w", "pil-low"])
      assert.deepEqual(await codeOfUpload(upload(name, "bob")), [400, "NAME_CONFUSABLE"], name);
    assert.equal(await codeOfUpload(upload("pillows", "bob")), 200, "control: another word");
    assert.deepEqual(await index.index.accounts.members("pi11ow"), []);
    assert.equal(await codeOfUpload(upload("acme-billing", "bob")), 200);
    await index.index.names.put(rule("prohibited", "pillow", { exact: true }));
    assert.equal(await codeOfUpload(upload("pillow", "ann", "1.1")), 200, "rules are about what begins");
    await index.index.names.remove("prohibited", "pillow");
  });

  test("two that look alike at the same time: one begins", async () => {
    const answers = [codeOfUpload(upload("twin-l")), codeOfUpload(upload("twin-1", "bob"))];
    const results = await Promise.all(answers);
    assert.deepEqual(
      results.filter((result) => result !== 200),
      [[400, "NAME_CONFUSABLE"]],
    );
  });

  test("imports: refused file by file, and the rest comes in", async () => {
    const names = ["acme-tools", "async-io", "pi1low", "fine"];
    const outcomes = await index.import(names.map((name) => makeWheel({ name, version: "1.0" })));
    const told = new Map(outcomes.map((one) => [one.file.split("-")[0], "code" in one ? one.code : one.outcome]));
    assert.deepEqual(Object.fromEntries(told), {
      acme_tools: "NAME_RESERVED",
      async_io: "NAME_PROHIBITED",
      pi1low: "NAME_CONFUSABLE",
      fine: "published",
    });
    await index.index.names.put(rule("reserved", "acme", { accounts: ["bob"], imports: true }));
    const [again] = await index.import([makeWheel({ name: "acme-tools", version: "1.0" })]);
    assert.equal(again?.outcome, "published");
  });

  test("claims: refused before a file is sent; of two that look alike the second is refused at its commit", async () => {
    const ada = new Developer(index, url, "ada");
    await ada.enrol();
    await ada.login();
    const open = (project: string) => ada.ask("POST", wire.apiPaths.transactions(project), Buffer.from("{}"));
    assert.equal(codeOf(await open("acme-crypto")), "NAME_RESERVED");
    assert.equal(codeOf(await open("p1llow")), "NAME_CONFUSABLE");
    const [first, second] = [await ada.open("claim-one"), await ada.open("c1aim-one")];
    const commit = async (project: string, opened: typeof first) => {
      const file = makeWheel({ name: project, version: "1.0" });
      await ada.put(project, opened.id, file);
      const change = { add: [described(file)] };
      return ada.commit(
        project,
        opened.id,
        await ada.next(project, opened, change, wire.soleProject(project, ada.key)),
      );
    };
    assert.equal((await commit("claim-one", first)).status, 200);
    assert.equal(codeOf(await commit("c1aim-one", second)), "NAME_CONFUSABLE");
    assert.equal(await index.index.store.visibleFiles("c1aim-one"), undefined);
  });

  test("the operator's commands, and what the audit log says of them", async () => {
    const call = (...args: readonly string[]) => server("name", ...args, "--data", index.data);
    const done = async (...args: readonly string[]): Promise<string> => {
      const ended = await call(...args);
      assert.equal(ended.code, 0, ended.output);
      return ended.stdout;
    };
    await done("release", "acme");
    await done("reserve", "Acme", "--for", "ann", "bob", "--note", "ours");
    const list = join(index.folder, "names.txt");
    writeFileSync(list, "# of Python\nos.path\n\ntomllib\n");
    await done("prohibit", "json", "--file", list);
    const shown = await done("list");
    assert.match(shown, /^acme, acme-\* +reserved +for ann, bob +ours$/m);
    assert.match(shown, /^os-path +prohibited$/m);
    const rules = JSON.parse(await done("list", "--json")) as { name: string }[];
    assert.ok(rules.some(({ name }) => name === "tomllib"));
    await done("release", "json");
    const unknown = await call("release", "json");
    assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
    assert.match(unknown.stderr, /^error\[NO_NAME_RULE\]: .*[^.]\n\nhint: /);
    assert.match((await call("reserve", "x", "--for", "nobody")).stderr, /^error\[NO_ACCOUNT\]/);
    assert.match((await call("prohibit")).stderr, /^error\[USAGE\]/);
    const log = await index.index.audit.entries({ limit: 1000 });
    const actions = log
      .filter(({ action }) => action.startsWith("name."))
      .map(({ action, subject }) => [action, subject]);
    assert.deepEqual(actions, [
      ["name.release", "acme"],
      ["name.reserve", "acme"],
      ...["json", "os-path", "tomllib"].map((name) => ["name.prohibit", name]),
      ["name.release", "json"],
    ]);
  });
});

import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { issueSession, issueToken } from "../../src/accounts/issue.ts";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { ask, testIndex } from "../serving.ts";

const JSON_V1 = { accept: "application/vnd.pypi.simple.v1+json" };
const PATH = "/api/v1/projects/flask/changes";

test("members yank by session or token, owners delete, and nobody else changes anything", async (t) => {
  const { index, clock, ...on } = await testIndex(t);
  await on.import([makeWheel({ name: "flask", version: "1.0" }), makeWheel({ name: "flask", version: "2.0" })]);
  const { accounts } = index;
  for (const name of ["owner", "maintainer", "stranger"]) await accounts.addAccount({ name, at: clock.now });
  const since = clock.now;
  await accounts.setMember({ project: "flask", account: "owner", role: "owner", since });
  await accounts.setMember({ project: "flask", account: "maintainer", role: "maintainer", since });
  const session = async (account: string): Promise<string> =>
    (await issueSession(accounts, account, clock.now))?.secret ?? assert.fail();
  const token = async (
    scopes: readonly ("upload" | "read")[],
    projects?: readonly string[],
    account = "maintainer",
  ): Promise<string> => {
    const asked = { account, label: "ci", scopes, projects, days: 1 };
    return (await issueToken(accounts, asked, clock.now))?.secret ?? assert.fail();
  };
  const { url } = await on.serve();
  const post = (secret: string | undefined, body: string): Promise<{ status: number; body: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
      const authorization = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
      const asked = request(new URL(PATH, url), { method: "POST", headers: authorization, agent: false }, (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  const change = (members: object): string => JSON.stringify(members);
  const yank = change({ change: "yank", version: "1.0", reason: "broken" });
  const yanked = async (): Promise<unknown> => {
    const page = await ask(url, "/simple/flask/", JSON_V1);
    return (JSON.parse(page.body.toString()) as { files: { yanked: unknown }[] }).files[0]?.yanked;
  };

  for (const [secret, status] of [
    [undefined, 401],
    ["cm_nonsense", 401],
    [await session("stranger"), 403],
    [await token(["read"]), 403],
    [await token(["upload"], ["other"]), 403],
  ] as const) {
    assert.equal((await post(secret, yank)).status, status);
    assert.equal(await yanked(), false);
  }
  const answer = await post(await token(["upload"], ["flask"]), yank);
  assert.deepEqual([answer.status, Object.keys(answer.body)], [200, ["timestamp", "transaction"]]);
  assert.equal(await yanked(), "broken", "seen as soon as it is answered");
  const maintainer = await session("maintainer");
  assert.equal((await post(maintainer, change({ change: "unyank", version: "1" }))).status, 200);
  assert.equal(await yanked(), false);
  const remove = change({ change: "delete", version: "1.0", reason: "" });
  assert.equal((await post(maintainer, remove)).status, 403);
  const stolen = await token(["upload"], ["flask"], "owner");
  assert.equal((await post(stolen, remove)).status, 403, "an owner's token is not the owner");
  const owner = await session("owner");
  assert.equal((await post(owner, remove)).status, 200);
  const again = await post(owner, remove);
  assert.deepEqual([again.status, again.body["code"]], [422, "CHANGE_REFUSED"]);
  for (const bad of [
    "",
    "{",
    "[]",
    change({ change: "status", version: "2.0" }),
    change({ change: "yank" }),
    yank.replace("}", ',"x":1}'),
  ]) {
    const refused = await post(owner, bad);
    assert.ok(refused.status >= 400 && refused.status < 500, `${bad}: ${refused.status}`);
  }
  const log = await ask(url, `${PATH}?after=2`, { authorization: `Bearer ${maintainer}` });
  const { changes } = JSON.parse(log.body.toString()) as { changes: { kind: string; by: string; outcome: string }[] };
  assert.deepEqual(
    changes.map(({ kind, by, outcome }) => `${by} ${kind} ${outcome}`),
    ["maintainer yank published", "maintainer unyank published", "owner delete published", "owner delete refused"],
  );
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { projectHash } from "@countermark/repository";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { issueSession, issueToken } from "../../src/accounts/issue.ts";
import type { TokenScope } from "../../src/accounts/account-store.ts";
import { NOW } from "../fixtures.ts";
import { ask, testIndex, type TestIndex } from "../serving.ts";

const scope = new Scope();
const [mine, other] = [makeWheel({ name: "mine", version: "1.0" }), makeWheel({ name: "other", version: "1.0" })];
const fileOf = (project: string, filename: string): string => `/files/${projectHash(project)}/${project}/${filename}`;
/** Everything that can be read, by what it is about. */
const OF_INDEX = ["/", "/simple/", "/tuf/timestamp.json", "/tuf/1.root.json"];
const pathsOf = (project: string): readonly string[] => [
  `/simple/${project}/`,
  `/project/${project}/`,
  `/legacy/+simple/${project}/`,
  fileOf(project, `${project}-1.0-py3-none-any.whl`),
  `${fileOf(project, `${project}-1.0-py3-none-any.whl`)}.metadata`,
];
let index: TestIndex;
let url: string;

before(async () => {
  index = await testIndex(scope);
  await index.import([mine, other]);
  await index.index.accounts.addAccount({ name: "ann", at: NOW });
  ({ url } = await index.serve({}, { isPrivate: true }));
});
after(() => scope.end());

async function token(scopes: readonly TokenScope[], projects?: readonly string[], days = 30): Promise<string> {
  const request = { account: "ann", label: "", scopes, projects, days };
  return (await issueToken(index.index.accounts, request, NOW))?.secret ?? assert.fail();
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`__token__:${secret}`).toString("base64")}` });

test("nothing of a private index is read without a token, whatever the address; its health is", async () => {
  const all = [...OF_INDEX, ...pathsOf("mine"), "/simple", "/absent", "/-/metrics", "/api/v1/accounts/ann"];
  for (const path of all) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await ask(url, path, {}, method);
      assert.equal(answer.status, 401, path);
      assert.match(String(answer.headers["www-authenticate"]), /^Basic realm=/);
      assert.match(answer.reason, /^this index is private/);
      assert.doesNotMatch(answer.body.toString(), /mine|other/);
    }
  }
  const uploader = await token(["upload"]);
  for (const headers of [basic("cm_wrong"), bearer("x"), basic("")]) {
    assert.equal((await ask(url, "/simple/", headers)).status, 401);
  }
  assert.equal((await ask(url, "/simple/", basic(uploader))).status, 403, "a token for uploading only");
  for (const path of ["/-/health", "/-/ready"]) assert.equal((await ask(url, path)).status, 200, path);
  assert.equal(
    (await ask(url, "/_/oidc/audience")).status,
    404,
    "there is no trusted publishing, which tools ask first",
  );
});

test("with a read token everything is, and no shared cache keeps it", async () => {
  const reader = await token(["read"]);
  for (const path of [...OF_INDEX, ...pathsOf("mine"), "/-/metrics"]) {
    for (const headers of [basic(reader), bearer(reader)]) {
      const answer = await ask(url, path, headers);
      assert.equal(answer.status, 200, path);
      const policy = String(answer.headers["cache-control"]);
      assert.match(policy, /\bprivate\b|no-store/, path);
      assert.doesNotMatch(policy, /public/, path);
      assert.match(String(answer.headers.vary), /\bAuthorization\b/, path);
      const { etag } = answer.headers;
      if (etag === undefined) continue;
      const again = await ask(url, path, { ...headers, "if-none-match": etag });
      assert.equal(again.status, 304, path);
      assert.match(String(again.headers["cache-control"]), /\bprivate\b/, path);
      assert.equal((await ask(url, path, { "if-none-match": etag })).status, 401, "an ETag is no token");
    }
  }
});

test("a token of one project reads that one, and what vouches for it", async () => {
  const bound = basic(await token(["read"], ["mine"]));
  for (const path of [...OF_INDEX, ...pathsOf("mine"), "/simple/Mine/", "/simple/mine"]) {
    assert.ok((await ask(url, path, bound)).status < 400, path);
  }
  for (const path of [...pathsOf("other"), "/simple/Other/", "/simple/%6fther/", "/-/metrics"]) {
    assert.equal((await ask(url, path, bound)).status, 403, path);
  }
});

test("a session reads as its account; what has ended reads nothing", async () => {
  const session = await issueSession(index.index.accounts, "ann", NOW);
  assert.equal((await ask(url, "/simple/mine/", bearer(session?.secret ?? ""))).status, 200);
  const short = await token(["read"], undefined, 1);
  assert.equal((await ask(url, "/simple/", basic(short))).status, 200);
  index.clock.now = NOW + 2 * 24 * 60 * 60 * 1000;
  assert.equal((await ask(url, "/simple/", basic(short))).status, 401);
  index.clock.now = NOW;
});

test("the control: an index that is not private asks nobody", async (t) => {
  const open = await testIndex(t);
  await open.import([mine]);
  const { url: there } = await open.serve();
  const answer = await ask(there, fileOf("mine", mine.filename));
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers["cache-control"]), /^public/);
});

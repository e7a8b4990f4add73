/* The read token of a private index goes to that index alone, and its want is told from everything else. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { formatToken } from "@countermark/repository";
import { IndexApi } from "../../src/account/index-api.ts";
import { ReadToken } from "../../src/network/read-token.ts";
import { HttpSource } from "../../src/verify/fetch/http-source.ts";
import { refused } from "../fixture/visitor.ts";

const LIMITS = { maxBytes: 1000, timeoutMs: 5000 };
const SECRET = formatToken(Buffer.alloc(20, 7));
/** Nobody is spoken to in TLS here. */
const NO_TLS = () => assert.fail();
const BEARER = `Bearer ${SECRET}`;
const CHALLENGE = { "www-authenticate": 'Basic realm="x"' };

/** A server, its address with a slash, and the requests that it saw. */
async function serve(t: TestContext, answer: RequestListener): Promise<{ url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
}

function sourceOf(t: TestContext, base: string, secret: string | undefined = SECRET): HttpSource {
  const token = secret === "" ? undefined : new ReadToken(base, secret);
  const source = new HttpSource(base, {}, undefined, () => token);
  t.after(() => source.close());
  return source;
}

test("the token goes with what is asked of the index itself", async (t) => {
  const { url, seen } = await serve(t, (_request, response) => response.end("text"));
  await sourceOf(t, `${url}index/`).bytes("simple/a/", LIMITS);
  assert.equal(seen[0]?.headers.authorization, BEARER);
});

test("it is looked for at each request: one that is replaced meanwhile needs no new start", async (t) => {
  const { url, seen } = await serve(t, (_request, response) => response.end("text"));
  const kept: ReadToken[] = [];
  const source = new HttpSource(url, {}, undefined, () => kept[0]);
  t.after(() => source.close());
  await source.bytes("a", LIMITS);
  kept.push(new ReadToken(url, SECRET));
  await source.bytes("a", LIMITS);
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    [undefined, BEARER],
  );
});

test("it goes to no other host, no other port, and no neighbour on the index's own host", async (t) => {
  const other = await serve(t, (_request, response) => response.end("text"));
  const index = await serve(t, (_request, response) => response.end("text"));
  const source = sourceOf(t, `${index.url}index/`);
  for (const path of [other.url, other.url.replace("http:", ""), `${other.url}index/`])
    await source.bytes(path, LIMITS);
  for (const path of ["/", "../other/", "/index", "%2e%2e/other", "/index2/"]) await source.bytes(path, LIMITS);
  assert.equal(other.seen.length + index.seen.length, 8);
  for (const { headers } of [...other.seen, ...index.seen]) assert.equal(headers.authorization, undefined);
});

test("a redirect gets nothing: it is not followed", async (t) => {
  const thief = await serve(t, (_request, response) => response.end("text"));
  const index = await serve(t, (_request, response) => response.writeHead(302, { location: thief.url }).end());
  await refused(sourceOf(t, index.url).bytes("a", LIMITS), "INDEX_ANSWER", /redirected/);
  const api = new IndexApi(index.url, () => new ReadToken(index.url, SECRET), NO_TLS, {});
  t.after(() => api.close());
  await refused(api.find("api/v1/accounts/ann"), "INDEX_ANSWER", /302/);
  assert.deepEqual(
    index.seen.map(({ headers }) => headers.authorization),
    [BEARER, BEARER],
    "the control: the index itself gets it",
  );
  assert.equal(thief.seen.length, 0);
});

test("over plain http it leaves this machine under no name", () => {
  const away = [
    "http://index.example.org/",
    "http://127.example.org/",
    "http://localhost.example.org/",
    "http://10.0.0.1/",
  ];
  for (const url of away) assert.throws(() => new ReadToken(url, SECRET), { code: "TOKEN_UNSAFE" }, url);
  for (const url of ["https://index.example.org/", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost:8000/"]) {
    assert.deepEqual(new ReadToken(url, SECRET).headersFor(new URL("tuf/1.root.json", url)), { authorization: BEARER });
  }
});

test("a want of it is told from an outage, from what is absent and from a wrong answer, and asked once", async (t) => {
  const cases = [
    [401, {}, "TOKEN_NEEDED"],
    [401, CHALLENGE, "TOKEN_NEEDED"],
    [403, CHALLENGE, "TOKEN_NEEDED"],
    [407, CHALLENGE, "INDEX_ANSWER"],
    [400, CHALLENGE, "INDEX_ANSWER"],
  ] as const;
  for (const [status, headers, code] of cases) {
    const { url, seen } = await serve(t, (_request, response) => response.writeHead(status, headers).end());
    await refused(sourceOf(t, url).bytes("a", LIMITS), code, new RegExp(String(status)));
    await refused(sourceOf(t, url, "").bytes("a", LIMITS), code, new RegExp(String(status)));
    assert.equal(seen.length, 2);
  }
  const { url } = await serve(t, (_request, response) => response.writeHead(403).end());
  assert.equal(await sourceOf(t, url).bytes("a", LIMITS), undefined, "as object stores say that it is not there");
});

test("the refusal names the way, and says whether a token was sent; nothing shows the token", async (t) => {
  const { url } = await serve(t, (_request, response) => response.writeHead(401, CHALLENGE).end());
  for (const [secret, words] of [
    ["", /private, and no read token is kept/],
    [SECRET, /does not accept the read token/],
  ] as const) {
    const error: unknown = await sourceOf(t, url, secret)
      .bytes("a", LIMITS)
      .catch((caught: unknown) => caught);
    assert.ok(error instanceof Error && "hint" in error);
    assert.match(error.message, words);
    assert.match(String(error.hint), /countermark trust .* --token-fd/);
    assert.ok(!inspect(error, { depth: 9 }).includes(SECRET));
  }
  const token = new ReadToken(url, SECRET);
  assert.ok(!`${inspect(token, { showHidden: true, depth: 9 })}${JSON.stringify(token)}`.includes(SECRET));
});

test("the API sends it while nobody is signed in, then the session; the index's own refusals stay its own", async (t) => {
  const problem = { type: "about:blank", title: "x", status: 401, code: "SESSION", detail: "ended" };
  const { url, seen } = await serve(t, (request, response) => {
    if (request.url === "/problem") {
      const headers = { ...CHALLENGE, "content-type": "application/problem+json" };
      response.writeHead(401, headers).end(JSON.stringify(problem));
    } else response.writeHead(request.url === "/none" ? 401 : 200, CHALLENGE).end("{}");
  });
  const api = new IndexApi(url, () => new ReadToken(url, SECRET), NO_TLS, {});
  t.after(() => api.close());
  await refused(api.find("none"), "TOKEN_NEEDED", /401/);
  await api.find("there");
  api.useSession("session");
  await api.find("there");
  await assert.rejects(api.find("problem"), { name: "IndexRefusal", code: "SESSION" });
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    [BEARER, BEARER, "Bearer session", "Bearer session"],
  );
});

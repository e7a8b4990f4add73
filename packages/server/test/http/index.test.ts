import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { fileUrl, projectHash, targetUrl } from "@countermark/repository";
import { readRoot, readTargets, readTimestamp } from "@countermark/tuf";
import { makeSdist, makeWheel, sha256 } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { ask, testIndex, type Answer, type TestIndex } from "../serving.ts";

const JSON_V1 = "application/vnd.pypi.simple.v1+json";
const wheel = makeWheel({ name: "Flask", version: "1.10", requires: ["click"] });
const older = makeWheel({ name: "Flask", version: "1.9" });
const sdist = makeSdist({ name: "flask", version: "1.10" });
const large = makeWheel({ name: "large", version: "1.0", extra: [["data.bin", randomBytes(700_000)]] });
const many = Array.from({ length: 12 }, (_, index) => makeWheel({ name: "many", version: `1.${index}` }));

const scope = new Scope();
let index: TestIndex;
let url: string;
before(async () => {
  index = await testIndex(scope);
  await index.import([wheel, older, sdist, large, ...many]);
  ({ url } = await index.serve());
});
after(() => scope.end());

const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(url, path, headers);
const head = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(url, path, headers, "HEAD");

test("a project's page as JSON 1.4 has every field of PEP 691, 700, 714 and 792", async () => {
  const { status, headers, body } = await get("/simple/flask/", { accept: JSON_V1 });
  assert.equal(status, 200);
  assert.equal(headers["content-type"], JSON_V1);
  assert.equal(headers.vary, "Accept, Accept-Encoding");
  assert.equal(headers["cache-control"], "no-cache");
  const page = JSON.parse(body.toString()) as {
    meta: unknown;
    versions: string[];
    files: Record<string, unknown>[];
  };
  assert.deepEqual(page.meta, { "api-version": "1.4" });
  assert.deepEqual(page.versions, ["1.9", "1.10"], "versions in their own order");
  const entry = page.files.find(({ filename }) => filename === wheel.filename);
  assert.deepEqual(entry?.["hashes"], { sha256: sha256(wheel.bytes) });
  assert.equal(entry["size"], wheel.bytes.length);
  assert.equal(entry["upload-time"], "2026-06-01T00:00:00.000000Z");
  assert.equal(entry["yanked"], false);
  assert.equal(entry["url"], `../../${fileUrl("flask", wheel.filename)}`);
  const metadata = await get(`/${fileUrl("flask", wheel.filename)}.metadata`);
  assert.deepEqual(entry["core-metadata"], { sha256: sha256(metadata.body) });
  assert.match(metadata.body.toString(), /^Requires-Dist: click$/m);
  assert.equal(page.files.find(({ filename }) => filename === sdist.filename)?.["core-metadata"], false);
});

test("the form of a page can stand in its address, before what the header says (PEP 691)", async () => {
  const types = [JSON_V1, "application/vnd.pypi.simple.v1+html", "text/html"];
  for (const type of types) {
    for (const written of [type, encodeURIComponent(type)]) {
      const { headers } = await get(`/simple/flask/?format=${written}`, { accept: JSON_V1 });
      assert.equal(headers["content-type"]?.split(";")[0], type, written);
    }
  }
  const root = await get(`/simple/?format=${JSON_V1}`);
  assert.equal(root.headers["content-type"], JSON_V1);
});

test("every link of a page leads to bytes of its hash", async () => {
  const page = await get("/simple/flask/");
  assert.match(page.headers["content-type"] ?? "", /^text\/html/);
  const links = [...page.body.toString().matchAll(/href="([^"#]+)#sha256=([0-9a-f]{64})"/g)];
  assert.equal(links.length, 3);
  for (const [, href = "", digest] of links) {
    const { pathname } = new URL(href, `${url}simple/flask/`);
    const { status, body, headers } = await get(pathname);
    assert.equal(status, 200);
    assert.equal(sha256(body), digest);
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(headers["content-encoding"], undefined);
  }
});

test("the list of projects in all three forms", async () => {
  const names = (await get("/simple/", { accept: JSON_V1 })).body.toString();
  assert.deepEqual(JSON.parse(names), {
    meta: { "api-version": "1.4" },
    projects: [{ name: "flask" }, { name: "large" }, { name: "many" }],
  });
  assert.match((await get("/simple/")).body.toString(), /<a href="flask\/">flask<\/a>/);
  const v1 = await get("/simple/", { accept: "application/vnd.pypi.simple.v1+html" });
  assert.equal(v1.headers["content-type"], "application/vnd.pypi.simple.v1+html; charset=utf-8");
});

test("pages: ETag and 304, each form with its own tag", async () => {
  const tags = new Set<string>();
  for (const accept of [JSON_V1, "text/html"]) {
    for (const coding of ["identity", "gzip"]) {
      const headers = { accept, "accept-encoding": coding };
      const full = await get("/simple/many/", headers);
      const etag = full.headers.etag ?? "";
      assert.match(etag, /^"[^"]+"$/);
      tags.add(etag);
      const again = await get("/simple/many/", { ...headers, "if-none-match": `"x", W/${etag}` });
      assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag]);
      assert.equal((await get("/simple/many/", { ...headers, "if-none-match": '"x"' })).status, 200);
      const text = coding === "gzip" ? gunzipSync(full.body) : full.body;
      assert.equal(full.headers["content-encoding"], coding === "gzip" ? "gzip" : undefined);
      assert.match(text.toString(), /many-1\.11-py3/);
    }
  }
  assert.equal(tags.size, 4);
});

test("gzip is sent only to who takes it", async () => {
  for (const [header, compressed] of [
    ["gzip", true],
    ["deflate, gzip;q=0.5", true],
    ["*", true],
    ["gzip;q=0", false],
    ["gzip;q=0, *", false],
    ["identity", false],
    ["br", false],
    [",".repeat(5000) + "gzip", false],
  ] as const) {
    const { headers } = await get("/simple/many/", { "accept-encoding": header });
    assert.equal(headers["content-encoding"] === "gzip", compressed, header.slice(0, 30));
  }
});

test("HEAD answers as GET does, without the body", async () => {
  for (const path of [
    "/simple/",
    "/simple/flask/",
    `/${fileUrl("flask", wheel.filename)}`,
    "/tuf/timestamp.json",
    "/",
  ]) {
    const [full, bare] = [await get(path), await head(path)];
    assert.equal(bare.status, 200, path);
    assert.equal(bare.body.length, 0);
    assert.equal(bare.headers["content-length"], String(full.body.length), path);
    assert.equal(bare.headers.etag, full.headers.etag);
  }
  const bare = await head(`/${fileUrl("large", large.filename)}`, { range: "bytes=0-1" });
  assert.equal(bare.headers["content-length"], String(large.bytes.length));
  assert.equal((await head("/simple/absent/")).status, 404);
});

test("names that are not normalised and missing slashes are redirected, wherever the index is mounted", async () => {
  for (const [path, location] of [
    ["/simple", "simple/"],
    ["/simple/flask", "flask/"],
    ["/simple/Flask", "flask/"],
    ["/simple/FLASK/", "../flask/"],
    ["/simple/a.b__c-/", undefined],
    ["/simple/Zope.Interface/", "../zope-interface/"],
  ] as const) {
    const { status, headers } = await get(path);
    assert.deepEqual([status, headers.location], location === undefined ? [404, undefined] : [301, location], path);
  }
  assert.equal((await get("/simple/Flask?a=b&c")).headers.location, "flask/?a=b&c", "the query goes along");
});

test("what is not there is 404, and no cache keeps that", async () => {
  const hash = projectHash("flask");
  for (const path of [
    "/simple/absent/",
    "/files/0000/flask/flask-1.9-py3-none-any.whl",
    `/files/${hash}/Flask/${older.filename}`,
    `/files/${hash}/flask/absent-1.0-py3-none-any.whl`,
    `/files/${hash}/flask/${sdist.filename}.metadata`,
    `/files/${hash}/flask/${older.filename}.metadata.metadata`,
    `/tuf/targets/${hash}/flask/${older.filename}`,
    `/tuf/targets/${hash}/flask/${sha256(wheel.bytes)}.${older.filename}`,
    "/tuf/root.json",
    "/tuf/2.root.json",
    "/tuf/01.root.json",
    "/tuf/1.timestamp.json",
    "/tuf/1.constructor.json",
    "/tuf/99999999999999999999.root.json",
    "/favicon.ico",
  ]) {
    const { status, headers } = await get(path);
    assert.equal(status, 404, path);
    assert.equal(headers["cache-control"], "no-store");
  }
});

test("no path leads out of the index", async () => {
  const hash = projectHash("flask");
  for (const path of [
    "/../../../../etc/passwd",
    "/files/../../../etc/passwd",
    `/files/${hash}/flask/..%2f..%2f..%2findex.sqlite`,
    `/files/${hash}/flask/%2e%2e`,
    `/files/${hash}/..%2fkeys/snapshot.json`,
    `/files/${hash}/flask/${older.filename}%00`,
    `/files/${hash}/flask%5c..%5c/${older.filename}`,
    "/simple/..%2f..%2f/",
    "/simple/%00/",
    "/simple/%ff/",
    "/simple/__proto__/",
    "/tuf/..%2f..%2fkeys%2fsnapshot.json",
    "/tuf/1.root.json%2f..%2f..",
    "//etc/passwd",
    "/%",
    "http://[/",
  ]) {
    const { status, body } = await get(path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(body.toString(), /root:|SQLite|seed/);
  }
});

test("other methods are answered with those that an address has", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const { status, headers } = await ask(url, "/simple/flask/", {}, method);
    assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
  }
  for (const [method, path, allow] of [
    ["PUT", "/legacy/", "POST"],
    ["GET", "/api/v1/challenges", "POST"],
    ["DELETE", "/api/v1/tokens", "GET, HEAD, POST"],
  ] as const) {
    const { status, headers } = await ask(url, path, {}, method);
    assert.deepEqual([status, headers.allow], [405, allow], path);
  }
  assert.equal((await ask(url, "/nothing/here", {}, "POST")).status, 404);
});

test("ranges of small and large files", async () => {
  for (const [project, file] of [
    ["flask", wheel],
    ["large", large],
  ] as const) {
    const path = `/${fileUrl(project, file.filename)}`;
    const size = file.bytes.length;
    for (const [range, start, end] of [
      ["bytes=0-0", 0, 1],
      ["Bytes=10-", 10, size],
      ["bytes=-100", size - 100, size],
      [`bytes=100-${size * 2}`, 100, size],
      [`bytes=-${size * 2}`, 0, size],
    ] as const) {
      const { status, headers, body } = await get(path, { range });
      assert.equal(status, 206, range);
      assert.equal(headers["content-range"], `bytes ${start}-${end - 1}/${size}`);
      assert.ok(body.equals(file.bytes.subarray(start, end)), range);
    }
    for (const range of [
      "bytes=5-2",
      "bytes=a-b",
      "bytes=0-1,3-4",
      "items=0-1",
      "bytes=-",
      "bytes=1-99999999999999999",
    ]) {
      const { status, body } = await get(path, { range });
      assert.deepEqual([status, body.length], [200, size], range);
    }
    for (const range of [`bytes=${size}-`, "bytes=-0"]) {
      const { status, headers } = await get(path, { range });
      assert.deepEqual([status, headers["content-range"]], [416, `bytes */${size}`], range);
    }
    const { headers } = await get(path);
    assert.equal(headers["accept-ranges"], "bytes");
    const etag = headers.etag ?? "";
    assert.equal((await get(path, { range: "bytes=0-1", "if-range": etag })).status, 206);
    assert.equal((await get(path, { range: "bytes=0-1", "if-range": '"old"' })).status, 200);
    for (const condition of [`W/${etag}`, "Mon, 01 Jun 2026 00:00:00 GMT", `${etag}, "old"`]) {
      const whole = await get(path, { range: "bytes=0-1", "if-range": condition });
      assert.deepEqual([whole.status, whole.body.length], [200, size], `not surely the same bytes: ${condition}`);
    }
    assert.equal(
      (await get(path, { range: `bytes=${size}-`, "if-range": '"old"' })).status,
      200,
      "no 416 of old bytes",
    );
    const both = await get(path, { range: "bytes=0-1", "if-none-match": etag });
    assert.equal(both.status, 304, "If-None-Match comes first (RFC 9110, 13.2.2)");
    assert.equal((await get(path, { "if-none-match": etag })).status, 304);
  }
});

test("large files arrive whole, also twenty at once", async () => {
  const path = `/${fileUrl("large", large.filename)}`;
  const answers = await Promise.all(Array.from({ length: 20 }, () => get(path)));
  for (const { body } of answers) assert.equal(sha256(body), sha256(large.bytes));
});

test("a client that goes away in the middle of a download leaves nothing open", async () => {
  const { hostname, port } = new URL(url);
  for (let round = 0; round < 5; round += 1) {
    const socket = connect(Number(port), hostname);
    socket.write(`GET /${fileUrl("large", large.filename)} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(20));
    await once(socket, "data");
    socket.destroy();
  }
  for (const end = Date.now() + 5000; openBlobs(index.data) > 0 && Date.now() < end;) await sleep(10);
  assert.equal(openBlobs(index.data), 0);
  assert.equal((await get("/simple/large/")).status, 200);
});

/** Files below a folder that this process, which is also the server, has open; 0 where the system does not tell. */
function openBlobs(folder: string): number {
  if (!existsSync("/proc/self/fd")) return 0;
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(folder, "blobs"));
    } catch {
      return false;
    }
  }).length;
}

test("metadata: the timestamp is asked for each time, versions are kept for ever", async () => {
  const timestamp = await get("/tuf/timestamp.json");
  assert.equal(timestamp.headers["cache-control"], "no-cache");
  const { snapshot } = readTimestamp(timestamp.body).signed;
  const path = `/tuf/${snapshot.version}.snapshot.json`;
  const answer = await get(path);
  assert.equal(answer.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.equal(sha256(answer.body), snapshot.hashes?.get("sha256"));
  assert.ok(gunzipSync((await get(path, { "accept-encoding": "gzip" })).body).equals(answer.body));
  const root = await get("/tuf/1.root.json");
  assert.equal(createHash("sha256").update(root.body).digest("hex"), index.made.fingerprint);
  assert.equal(readRoot(root.body).signed.version, 1);
});

test("TUF clients find a target by its hash and name", async () => {
  const { status, body, headers } = await get(`/${targetUrl("flask", sha256(wheel.bytes), wheel.filename)}`);
  assert.equal(status, 200);
  assert.equal(sha256(body), sha256(wheel.bytes));
  assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
});

test("the first page names the index and its fingerprint, and runs nothing", async () => {
  const { status, headers, body } = await get("/");
  assert.equal(status, 200);
  assert.match(body.toString(), /<h1>Test index<\/h1>/);
  assert.match(body.toString(), new RegExp(`--root ${index.made.fingerprint}`));
  assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
  const strange = await get("/", { host: `x"><script>alert(1)</script>` });
  assert.doesNotMatch(strange.body.toString(), /<script>/);
});

test("the page about trust says what the signed roles say: fingerprint, keys, expiry, ceremony; and runs nothing", async () => {
  const { status, headers, body } = await get("/trust/");
  const text = body.toString();
  assert.equal(status, 200);
  const policy = String(headers["content-security-policy"]);
  for (const rule of ["default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
    assert.ok(policy.includes(rule), rule);
  assert.doesNotMatch(text, /<script|<img|<form|https?:\/\/|\son\w+=/i);
  assert.ok(text.includes(`--root ${index.made.fingerprint}`));
  const root = readRoot((await get("/tuf/1.root.json")).body).signed;
  for (const { keyIds } of root.roles.values())
    for (const id of keyIds) assert.ok(text.includes(id), "each key of root");
  const [shards] = readTargets((await get("/tuf/1.unclaimed.json")).body).signed.delegations?.roles.values() ?? [];
  assert.ok(text.includes(shards?.keyIds[0] ?? "?"), "the key of the bins");
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const line = (role: string): string => new RegExp(`<strong>${role}</strong>[^]*?</li>`).exec(text)?.[0] ?? "";
  assert.ok(line("root").includes(day(index.made.rootExpires)), line("root"));
  assert.match(line("root"), /offline/);
  assert.match(line("timestamp"), /online, signed until/);
  const first = readTimestamp((await get("/tuf/timestamp.json")).body).signed;
  assert.ok(line("timestamp").includes(day(first.expires)));
  assert.match(text, /the latest was number 1\./);
  const again = await get("/trust/", { "if-none-match": headers.etag ?? "" });
  assert.equal(again.status, 304);
});

test("health and metrics", async () => {
  assert.deepEqual([(await get("/-/ready")).status, (await get("/-/ready")).body.toString()], [200, "ready\n"]);
  const health = JSON.parse((await get("/-/health")).body.toString()) as { status: string; warnings: string[] };
  assert.deepEqual([health.status, health.warnings], ["ok", []]);
  const { body, headers } = await get("/-/metrics");
  assert.match(headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
  const metrics = body.toString();
  assert.match(metrics, /^countermark_role_expires_seconds\{kind="timestamp"\} 259200$/m);
  assert.match(metrics, /^countermark_role_expires_seconds\{kind="offline"\} 31104000$/m);
  assert.match(metrics, /^countermark_role_soonest_expiry_seconds\{role="claimed-shards"\} 31104000$/m);
  assert.equal(metrics.match(/soonest_expiry_seconds\{/g)?.length, 14, "as many as duties, not as shards");
  for (const name of ["uploads_total", "cpu_seconds_total", "held_up_seconds", "heap_used_bytes"]) {
    assert.match(metrics, new RegExp(`^countermark_${name} [0-9]`, "m"));
  }
  assert.match(metrics, /^countermark_files 16$/m);
  assert.match(metrics, /^countermark_requests_total\{status="2xx"\} [1-9]/m);
  for (const line of metrics.split("\n"))
    assert.match(line, /^(# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[\w-]+"\})? [\d.e+-]+|)$/);
});

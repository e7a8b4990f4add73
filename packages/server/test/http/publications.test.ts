import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileUrl } from "@countermark/repository";
import { readTimestamp } from "@countermark/tuf";
import { makeWheel, sha256 } from "../../../../test/harness/distributions/distributions.ts";
import { openIndex } from "../../src/data-folder.ts";
import { accept, DAY } from "../fixtures.ts";
import { ask, testIndex } from "../serving.ts";

const wheel = (version: string) => makeWheel({ name: "flask", version });

async function expiresOfTimestamp(url: string): Promise<number> {
  return readTimestamp((await ask(url, "/tuf/timestamp.json")).body).signed.expires;
}

test("a publication is seen by the very next request", async (t) => {
  const index = await testIndex(t);
  const { url } = await index.serve();
  assert.equal((await ask(url, "/simple/flask/")).status, 404);
  const before = readTimestamp((await ask(url, "/tuf/timestamp.json")).body).signed.version;
  for (const version of ["1.0", "2.0"]) {
    await index.import([wheel(version)]);
    assert.match((await ask(url, "/simple/flask/")).body.toString(), new RegExp(`flask-${version}-`));
    assert.match((await ask(url, "/simple/")).body.toString(), /flask/);
  }
  assert.equal(readTimestamp((await ask(url, "/tuf/timestamp.json")).body).signed.version, before + 2);
});

test("a file is not served before it is published", async (t) => {
  const index = await testIndex(t);
  const { url } = await index.serve();
  const path = `/${fileUrl("flask", wheel("1.0").filename)}`;
  await index.import([wheel("2.0")]);
  const [row] = await index.index.store.filesOf("flask");
  assert.ok(row !== undefined);
  const filename = wheel("1.0").filename;
  await accept(index.index.store, [{ ...row, filename, folded: filename, version: "1.0" }], index.index.seal);
  assert.equal((await ask(url, path)).status, 404);
  assert.doesNotMatch((await ask(url, "/simple/flask/")).body.toString(), /1\.0/);
});

test("a server that slept a month signs anew before it answers", async (t) => {
  const index = await testIndex(t);
  await index.import([wheel("1.0")]);
  const { url } = await index.serve();
  index.clock.now += 30 * DAY;
  const answers = await Promise.all([1, 2, 3].map(() => expiresOfTimestamp(url)));
  assert.deepEqual(
    answers,
    answers.map(() => index.clock.now + 3 * DAY),
  );
  const { version } = readTimestamp((await ask(url, "/tuf/timestamp.json")).body).signed;
  assert.equal(version, 3, "one renewal, however many asked");
  const health = JSON.parse((await ask(url, "/-/health")).body.toString()) as { status: string };
  assert.equal(health.status, "ok");
});

test("a server that starts after a month signs anew before it answers", async (t) => {
  const index = await testIndex(t);
  index.clock.now += 30 * DAY;
  const { url } = await index.serve();
  assert.equal(await expiresOfTimestamp(url), index.clock.now + 3 * DAY);
});

test("health warns of what only the offline keys can renew, then fails", async (t) => {
  const index = await testIndex(t);
  const { url } = await index.serve();
  const health = async () => {
    const { status, body } = await ask(url, "/-/health");
    return { code: status, ...(JSON.parse(body.toString()) as { status: string; warnings: string[] }) };
  };
  for (const [day, status, code, words] of [
    [269, "ok", 200, undefined],
    [271, "warning", 200, /offline roles will end in 89 days/],
    [354, "warning", 200, /offline roles will end in 6 days/],
    [361, "failing", 503, /offline roles ended/],
  ] as const) {
    index.clock.now = index.made.offlineExpires - (360 - day) * DAY;
    const found = await health();
    assert.deepEqual([found.status, found.code], [status, code], `day ${day}`);
    if (words !== undefined) assert.match(found.warnings.join("\n"), words);
  }
});

test("when renewal fails, the index goes on answering, and says so in its metrics", async (t) => {
  const index = await testIndex(t);
  await index.import([wheel("1.0")]);
  const { url } = await index.serve();
  index.index.store.publish = () => Promise.reject(new Error("no space"));
  index.clock.now += 2 * DAY;
  assert.equal((await ask(url, "/simple/flask/")).status, 200);
  assert.match((await ask(url, "/-/metrics")).body.toString(), /^countermark_renewal_failures_total 1$/m);
});

test("a blob that is lost is an error of the index, and the next request is answered", async (t) => {
  const index = await testIndex(t);
  await index.import([wheel("1.0")]);
  const { url } = await index.serve();
  await rm(join(index.data, "blobs", sha256(wheel("1.0").bytes).slice(0, 2)), { recursive: true });
  const { status, body } = await ask(url, `/${fileUrl("flask", wheel("1.0").filename)}`);
  assert.equal(status, 500);
  assert.doesNotMatch(body.toString(), new RegExp(index.folder), "no paths of the machine go out");
  assert.equal((await ask(url, "/simple/flask/")).status, 200);
});

test("two servers on one data folder show the same", async (t) => {
  const index = await testIndex(t);
  const [first, second] = [await index.serve(), await index.serve()];
  const other = await openIndex(index.data);
  index.scope.after(() => other.store.close());
  await index.import([wheel("1.0")]);
  const pages = await Promise.all([first, second].map(({ url }) => ask(url, "/simple/flask/")));
  assert.deepEqual(
    pages.map(({ status }) => status),
    [200, 200],
  );
  assert.ok(pages[0]?.body.equals(pages[1]?.body ?? Buffer.alloc(0)));
});

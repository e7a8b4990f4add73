import assert from "node:assert/strict";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { NO_WITHDRAWALS, shardOf, shardRole, statusContent } from "@countermark/repository";
import { IndexDoor } from "../../src/agent/door.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor } from "../fixture/visitor.ts";

const ALPHA = { name: "alphapkg", version: "1.0" };
const WHEEL = "alphapkg-1.0-py3-none-any.whl";
const JSON_V1 = "application/vnd.pypi.simple.v1+json";

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks with node:http, which hides neither the reason phrase nor the Host header as fetch does. */
async function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const { statusCode = 0, statusMessage = "", headers: got } = response;
        resolve({ status: statusCode, reason: statusMessage, headers: got, body: Buffer.concat(parts) });
      });
    });
    request.on("error", reject).end();
  });
}

interface OpenDoor extends AsyncDisposable {
  readonly index: FixtureIndex;
  readonly door: IndexDoor;
  /** Up to and with the secret. */
  readonly base: string;
}

async function openDoor(prepare: (index: FixtureIndex) => Promise<unknown>): Promise<OpenDoor> {
  const index = await openFixtureIndex();
  await prepare(index);
  const visitor = await makeVisitor(index);
  const session = await visitor.visit();
  const door = await IndexDoor.open({ index: () => session });
  return {
    index,
    door,
    base: door.indexUrl.replace(/simple\/$/, ""),
    async [Symbol.asyncDispose]() {
      assert.deepEqual(door.site.bugs, []);
      await door.close();
      await visitor[Symbol.asyncDispose]();
      await index[Symbol.asyncDispose]();
    },
  };
}

interface Page {
  readonly versions: readonly string[];
  readonly files: readonly { filename: string; url: string; hashes: { sha256: string }; "upload-time": string }[];
}

async function page(base: string, project: string): Promise<Page> {
  const answer = await ask(`${base}simple/${project}/`, { accept: JSON_V1 });
  assert.equal(answer.status, 200, answer.reason);
  return JSON.parse(answer.body.toString()) as Page;
}

test("a page is made of what was signed, and leads to the file", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  const { versions, files } = await page(open.base, "alphapkg");
  assert.deepEqual(versions, ["1.0"]);
  const [file] = files;
  assert.equal(file?.filename, WHEEL);
  assert.match(file["upload-time"], /^\d{4}-.*Z$/);
  const url = new URL(file.url, `${open.base}simple/alphapkg/`).href;
  const answer = await ask(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["cache-control"], "max-age=31536000, immutable");
  assert.equal(Number(answer.headers["content-length"]), answer.body.length);
  const metadata = await ask(`${url}.metadata`);
  assert.match(metadata.body.toString(), /^Metadata-Version/);
  assert.equal(
    open.door.site.record.protection.line,
    "0 of 1 files claimed or sealed; left to the index alone: alphapkg",
  );
});

test("what the index's own page says is never asked for, so that a version added there is not seen", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  open.index.blobs.set("simple/alphapkg/", Buffer.from('<a href="alphapkg-9.9-py3-none-any.whl">9.9</a>'));
  assert.deepEqual((await page(open.base, "alphapkg")).versions, ["1.0"]);
  assert.ok(open.index.requests.every((path) => path.startsWith("tuf/")));
});

test("HTML for who asks for it, JSON with upload-time for who asks for that", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  const html = await ask(`${open.base}simple/alphapkg/`, { accept: "text/html" });
  assert.equal(html.headers["content-type"], "text/html");
  assert.match(html.body.toString(), /#sha256=/);
  const json = await ask(`${open.base}simple/alphapkg/`, { accept: `${JSON_V1}, text/html;q=0.01` });
  assert.equal(json.headers["content-type"], JSON_V1);
});

test("a page is asked for again each time, and not sent again when it is the same", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  const first = await ask(`${open.base}simple/alphapkg/`, { accept: JSON_V1 });
  assert.equal(first.headers["cache-control"], "no-cache");
  const etag = String(first.headers.etag);
  const again = await ask(`${open.base}simple/alphapkg/`, { accept: JSON_V1, "if-none-match": `"x", W/${etag}` });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  const html = await ask(`${open.base}simple/alphapkg/`, { accept: "text/html", "if-none-match": etag });
  assert.equal(html.status, 200, "a tag is one type's");
});

test("HEAD says what GET would, without the body", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  const [file] = (await page(open.base, "alphapkg")).files;
  const url = new URL(file?.url ?? "", `${open.base}simple/alphapkg/`).href;
  for (const address of [url, `${open.base}simple/alphapkg/`]) {
    const [get, head] = [await ask(address), await ask(address, {}, "HEAD")];
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], get.headers["content-length"]);
    assert.equal(head.body.length, 0);
  }
});

test("a page under another spelling leads to the right one", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  for (const [spelling, location] of [
    ["simple/alphapkg", "alphapkg/"],
    ["simple/AlphaPkg/", "../alphapkg/"],
  ] as const) {
    const answer = await ask(open.base + spelling);
    assert.equal(answer.status, 301);
    assert.equal(answer.headers.location, location);
    assert.equal(new URL(location, open.base + spelling).href, `${open.base}simple/alphapkg/`);
  }
});

test("what is verified to be absent, what is no address here, and the list of all are 404", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  const [file] = (await page(open.base, "alphapkg")).files;
  const url = new URL(file?.url ?? "", `${open.base}simple/alphapkg/`).href;
  for (const path of [
    `${open.base}simple/other/`,
    url.replace("1.0", "9.9"),
    `${url.replace("1.0", "9.9")}.metadata`,
    url.replace(/files\/..../, "files/0000"),
    `${open.base}simple/`,
    `${open.base}simple/a%00b/`,
    `${open.base}nothing`,
    `${url}/..%2f..%2fetc`,
  ]) {
    assert.equal((await ask(path)).status, 404, path);
  }
  assert.deepEqual(open.door.site.refusals.all, []);
});

test("a refusal is 422 before the first byte, with its reason in the reason phrase, and is kept", async () => {
  await using open = await openDoor(async (index) => {
    const file = await index.release(ALPHA);
    index.meddler = (path, _request, response) => {
      if (!path.endsWith(`.${file.filename}`)) return false;
      response.end(Buffer.alloc(file.length));
      return true;
    };
  });
  const [file] = (await page(open.base, "alphapkg")).files;
  const url = new URL(file?.url ?? "", `${open.base}simple/alphapkg/`).href;
  for (let time = 0; time < 2; time += 1) {
    const answer = await ask(url);
    assert.equal(answer.status, 422);
    assert.equal(answer.reason, `countermark: ${WHEEL} is not the file that was signed`);
    assert.match(answer.body.toString(), /^error\[FILE_MISMATCH\]: .*\n\nhint: /);
    assert.equal(answer.headers["cache-control"], "no-store");
  }
  assert.deepEqual(
    open.door.site.refusals.all.map(({ subject, error }) => [subject, error.code]),
    [[WHEEL, "FILE_MISMATCH"]],
    "asked twice, told once",
  );
  assert.equal(open.door.site.record.protection.line, undefined, "a refused file is not one that was got");
});

test("a project in quarantine is refused with 422, not hidden with 404, which lets uv look elsewhere", async () => {
  await using open = await openDoor(async (index) => {
    await index.release(ALPHA);
    const states = new Map([["alphapkg", { status: "quarantined" as const, reason: "mal\u202eware ü" }]]);
    const name = shardRole("status", shardOf(index.repository.sharding, "alphapkg"));
    index.repository.change(name, { unknown: statusContent({ ...NO_WITHDRAWALS, states }).unknown });
    await index.repository.publish();
  });
  const answer = await ask(`${open.base}simple/alphapkg/`);
  assert.equal(answer.status, 422);
  assert.equal(answer.reason, "countermark: alphapkg is quarantined by the index: mal?ware ?");
});

test("an index that is out while somebody asks is a refusal, not 503, for which pip waits minutes", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  open.index.meddler = (_path, request) => {
    request.socket.destroy();
    return true;
  };
  const answer = await ask(`${open.base}simple/alphapkg/`);
  assert.equal(answer.status, 422);
  assert.match(answer.reason, /^countermark: alphapkg: cannot fetch http/);
  assert.equal(open.door.site.refusals.all[0]?.error.code, "INDEX_UNREACHABLE");
  open.index.meddler = () => false;
  assert.deepEqual((await page(open.base, "alphapkg")).versions, ["1.0"], "an outage is not remembered");
});

for (const [what, headers, method, status] of [
  ["a page of another site", { origin: "http://evil.example" }, "GET", 403],
  ["a page of another site by fetch without CORS", { "sec-fetch-site": "cross-site" }, "GET", 403],
  ["a page that rebinds its name to loopback", { host: "evil.example:80" }, "GET", 403],
  ["one that would change something", {}, "POST", 405],
] as const) {
  test(`${what} gets no answer`, async () => {
    await using open = await openDoor((index) => index.release(ALPHA));
    const before = open.index.requests.length;
    assert.equal((await ask(`${open.base}simple/alphapkg/`, headers, method)).status, status);
    assert.equal(open.index.requests.length, before, "nothing was looked up");
  });
}

test("without the secret there is nothing here", async () => {
  await using open = await openDoor((index) => index.release(ALPHA));
  const { origin } = new URL(open.base);
  for (const path of ["/", "/simple/alphapkg/", "/wrong/simple/alphapkg/", "/simple/"]) {
    assert.equal((await ask(origin + path)).status, 404);
  }
  assert.match(open.base, /\/[\w-]{22}\/$/);
});

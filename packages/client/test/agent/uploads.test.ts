import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { IndexSite } from "../../src/agent/index-site.ts";
import type { UploadCollector } from "../../src/agent/upload-collector.ts";
import { ClientError } from "../../src/errors.ts";

interface Post {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
}

async function openSite(uploads?: UploadCollector): Promise<AsyncDisposable & { site: IndexSite; post: Poster }> {
  const site = new IndexSite({ index: () => assert.fail("no upload needs the index"), ...(uploads && { uploads }) });
  const server = createServer((request, response) => void site.answer(request, response, (request.url ?? "").slice(1)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    site,
    post: (path, body) => post(port, path, body),
    async [Symbol.asyncDispose]() {
      assert.deepEqual(site.bugs, []);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Poster = (path: string, body: string) => Promise<Post>;

async function post(port: number, path: string, body: string): Promise<Post> {
  return await new Promise((resolve, reject) => {
    const headers = { "content-type": "multipart/form-data; boundary=b", "content-length": Buffer.byteLength(body) };
    const sent = httpRequest({ host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, reason: response.statusMessage ?? "", body: text });
      });
    });
    sent.on("error", reject).end(body);
  });
}

for (const path of ["/legacy", "/legacy/"]) {
  test(`${path}: a collector gets the upload as it was sent`, async () => {
    const got: [string, string][] = [];
    const collector: UploadCollector = {
      async collect({ contentType, body }) {
        const parts = (await body.toArray()) as Buffer[];
        got.push([contentType, Buffer.concat(parts).toString()]);
      },
    };
    await using open = await openSite(collector);
    assert.equal((await open.post(path, "the form")).status, 200);
    assert.deepEqual(got, [["multipart/form-data; boundary=b", "the form"]]);
    assert.deepEqual(open.site.refusals.all, []);
  });
}

test("without a collector an upload is refused with 400, the reason and the way to sign", async () => {
  await using open = await openSite();
  const answer = await open.post("/legacy/", "x".repeat(3_000_000));
  assert.equal(answer.status, 400);
  assert.match(answer.reason, /^countermark: upload: nothing is uploaded unsigned/);
  assert.match(answer.body, /^error\[UPLOAD_UNSIGNED\]: .*\n\nhint: .*countermark run --sign --/);
  assert.deepEqual(
    open.site.refusals.all.map(({ error }) => error.code),
    ["UPLOAD_UNSIGNED"],
  );
});

test("what a collector refuses is told to the tool with 400 and kept to be told again", async () => {
  const collector: UploadCollector = {
    collect: () => Promise.reject(new ClientError("USAGE", "no such project", { hint: "look at its name" })),
  };
  await using open = await openSite(collector);
  const { status, body } = await open.post("/legacy/", "form");
  assert.deepEqual([status, body], [400, "error[USAGE]: upload: no such project\n\nhint: look at its name\n"]);
  assert.equal(open.site.refusals.all.length, 1);
});

test("nothing but the upload URL takes a POST", async () => {
  await using open = await openSite({ collect: () => assert.fail("not an upload") });
  for (const path of ["/", "/simple/alphapkg/", "/legacy/x", "//legacy/"])
    assert.equal((await open.post(path, "")).status, 405, path);
});

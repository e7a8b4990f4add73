import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { IndexSite } from "../../src/agent/index-site.ts";
import { UploadDoor } from "../../src/agent/upload-door.ts";

interface Knock {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function statusOf({ url, method = "POST", headers = {} }: Knock): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      response.resume().on("end", () => {
        resolve(response.statusCode);
      });
    });
    request.on("error", reject).end();
  });
}

test("uploads come in by the secret address alone, and nothing else does", async () => {
  let collected = 0;
  const uploads = {
    collect: () => {
      collected += 1;
      return Promise.resolve();
    },
  };
  const site = new IndexSite({ index: () => assert.fail("no upload needs the index"), uploads });
  await using door = await UploadDoor.open(site);
  const { url } = door;
  assert.equal(await statusOf({ url }), 200);
  assert.equal(collected, 1);
  assert.equal(await statusOf({ url: url.replace(/[^/]+\/legacy\/$/, "guessed/legacy/") }), 404);
  assert.equal(await statusOf({ url: url.replace(/legacy\/$/, "simple/") }), 404);
  assert.equal(await statusOf({ url, method: "GET" }), 405);
  assert.equal(await statusOf({ url, headers: { host: "rebound.example.org" } }), 403);
  assert.equal(await statusOf({ url, headers: { origin: "https://page.example.org" } }), 403);
  assert.equal(collected, 1);
  assert.deepEqual(site.bugs, []);
});

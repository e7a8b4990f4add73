/*
 * Whatever the index publishes, the reference clients of The Update Framework read, as they are: today, after a second
 * publication, and after a renewal. Whatever is tampered with, they refuse (the control).
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { targetPath } from "@countermark/repository";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { makeSdist, makeWheel, sha256, type Distribution } from "../harness/distributions/distributions.ts";
import { fetchRole, importFiles, initIndex, serve, type Serving } from "../harness/index-server.ts";
import { replaceBytesOnly } from "../harness/mirror/attacks.ts";
import { startMirror } from "../harness/mirror/mirror.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import {
  download,
  newTufClient,
  pythonTuf,
  runTufClient,
  tufJs,
  type Found,
  type TufClient,
} from "../harness/tuf-clients.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const wheel = makeWheel({ name: "alphapkg", version: "1.0" });
const sdist = makeSdist({ name: "gamma-pkg", version: "2.0" });
const later = makeWheel({ name: "alphapkg", version: "1.1" });
await importFiles(sandbox, index, [wheel, sdist]);
let serving: Serving = await serve(sandbox, index);
const port = Number(new URL(serving.url).port);

const alpha = targetPath("alphapkg", wheel.filename);
const alphaLater = targetPath("alphapkg", later.filename);
const gamma = targetPath("gamma-pkg", sdist.filename);

const clients: readonly TufClient[] = [pythonTuf, tufJs];

function found(target: string, { bytes }: Distribution): Found {
  return { target, found: true, sha256: sha256(bytes) };
}

const returning = new Map<TufClient, string>();
for (const client of clients) {
  test(`${client.name} downloads a wheel and an sdist, and finds nothing that is not there`, async () => {
    const folder = await newTufClient(sandbox, client, serving.url);
    returning.set(client, folder);
    assert.deepEqual(await download(sandbox, client, folder, serving.url, [alpha, gamma, alphaLater]), [
      found(alpha, wheel),
      found(gamma, sdist),
      { target: alphaLater, found: false },
    ]);
  });

  test(`${client.name} refuses a file that a mirror has replaced`, async () => {
    const mirror = await startMirror(scope, serving.url);
    mirror.attackWith(replaceBytesOnly({ filename: wheel.filename, bytes: Buffer.alloc(wheel.bytes.length) }));
    const folder = await newTufClient(sandbox, client, serving.url);
    const ending = await runTufClient(sandbox, client, folder, mirror.url, [alpha]);
    assert.notEqual(ending.code, 0, ending.output);
    assert.match(ending.stderr, /LengthOrHashMismatch|does not match/i);
  });
}

test("a second publication is read by new and returning clients", async (t) => {
  await importFiles(sandbox, index, [later]);
  for (const client of clients) {
    await t.test(client.name, async () => {
      for (const folder of [returning.get(client) ?? "", await newTufClient(sandbox, client, serving.url)]) {
        assert.deepEqual(await download(sandbox, client, folder, serving.url, [alphaLater, alpha]), [
          found(alphaLater, later),
          found(alpha, wheel),
        ]);
      }
    });
  }
});

for (const [when, days] of [
  ["timestamp", 2],
  ["snapshot and every online shard", 10],
] as const) {
  test(`a renewal of ${when} is read by new and returning clients`, async (t) => {
    const before = await fetchRole(serving.url, "timestamp.json");
    await serving.process.stop();
    serving = await serve(sandbox, index, port, { settings: clockShiftedBy(days * DAY_MS) });
    const renewed = await fetchRole(serving.url, "timestamp.json");
    assert.notEqual(sha256(renewed), sha256(before));
    for (const client of clients) {
      await t.test(client.name, async () => {
        for (const folder of [returning.get(client) ?? "", await newTufClient(sandbox, client, serving.url)]) {
          assert.deepEqual(await download(sandbox, client, folder, serving.url, [alphaLater, gamma]), [
            found(alphaLater, later),
            found(gamma, sdist),
          ]);
        }
      });
    }
  });
}

/*
 * Whatever the index publishes, the reference clients of The Update Framework read, as they are: today, after a second
 * publication, and after a renewal. Whatever is tampered with, they refuse (the control).
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { targetPath } from "@countermark/repository";
import { programOf } from "../../tools/python/environments.ts";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { makeSdist, makeWheel, sha256, type Distribution } from "../harness/distributions/distributions.ts";
import { fetchRole, importFiles, initIndex, serve, type Serving } from "../harness/index-server.ts";
import { replaceBytesOnly } from "../harness/mirror/attacks.ts";
import { startMirror } from "../harness/mirror/mirror.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

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

/** A stock client: `first` is the name under which it wants to find its first root. */
interface Client {
  readonly name: string;
  readonly first: string;
  readonly command: readonly string[];
}
const clients: readonly Client[] = [
  {
    name: "python-tuf",
    first: "1.root.json",
    command: [programOf("tuf", "python"), join(import.meta.dirname, "python-tuf-client.py")],
  },
  { name: "tuf-js", first: "root.json", command: ["node", join(import.meta.dirname, "tuf-js-client.ts")] },
];

async function metadataFolder(client: Client, name: string): Promise<string> {
  const folder = join(sandbox.folder, `${client.name}-${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, client.first), await fetchRole(serving.url, "1.root.json"));
  return folder;
}

async function download(client: Client, folder: string, url: string, ...targets: string[]): Promise<unknown[]> {
  const [program = "", ...args] = client.command;
  const ending = await sandbox.run(program, [...args, folder, url, ...targets]);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

function found(target: string, { bytes }: Distribution): unknown {
  return { target, found: true, sha256: sha256(bytes) };
}

const returning = new Map<Client, string>();
for (const client of clients) {
  test(`${client.name} downloads a wheel and an sdist, and finds nothing that is not there`, async () => {
    const folder = await metadataFolder(client, "returning");
    returning.set(client, folder);
    assert.deepEqual(await download(client, folder, serving.url, alpha, gamma, alphaLater), [
      found(alpha, wheel),
      found(gamma, sdist),
      { target: alphaLater, found: false },
    ]);
  });

  test(`${client.name} refuses a file that a mirror has replaced`, async () => {
    const mirror = await startMirror(scope, serving.url);
    mirror.attackWith(replaceBytesOnly({ filename: wheel.filename, bytes: Buffer.alloc(wheel.bytes.length) }));
    const [program = "", ...args] = client.command;
    const folder = await metadataFolder(client, "mirrored");
    const ending = await sandbox.run(program, [...args, folder, mirror.url, alpha]);
    assert.notEqual(ending.code, 0, ending.output);
    assert.match(ending.stderr, /LengthOrHashMismatch|does not match/i);
  });
}

test("a second publication is read by new and returning clients", async (t) => {
  await importFiles(sandbox, index, [later]);
  for (const client of clients) {
    await t.test(client.name, async () => {
      for (const folder of [returning.get(client) ?? "", await metadataFolder(client, "second")]) {
        assert.deepEqual(await download(client, folder, serving.url, alphaLater, alpha), [
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
        for (const folder of [returning.get(client) ?? "", await metadataFolder(client, `after-${days}`)]) {
          assert.deepEqual(await download(client, folder, serving.url, alphaLater, gamma), [
            found(alphaLater, later),
            found(gamma, sdist),
          ]);
        }
      });
    }
  });
}

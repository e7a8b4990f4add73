import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileUrl } from "@countermark/repository";
import { makeWheel, sha256 } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { PIECE_BYTES } from "../../src/files/pieces.ts";
import { ask, testIndex, type Answer, type TestIndex } from "../serving.ts";

const large = makeWheel({ name: "large", version: "1.0", extra: [["data.bin", randomBytes(6_000_000)]] });
const lost = makeWheel({ name: "lost", version: "1.0", extra: [["data.bin", randomBytes(600_000)]] });
const path = `/${fileUrl("large", large.filename)}`;

const scope = new Scope();
let index: TestIndex;
let url: string;
before(async () => {
  index = await testIndex(scope);
  await index.import([large, lost]);
  ({ url } = await index.serve());
});
after(() => scope.end());

const get = (headers: Record<string, string> = {}): Promise<Answer> => ask(url, path, headers);
const blobOf = (digest: string): string => join(index.data, "blobs", digest.slice(0, 2), digest);

test("clients that stop reading cost little memory, however many they are", async () => {
  const before = process.memoryUsage().arrayBuffers;
  const sockets = await Promise.all(Array.from({ length: 120 }, stalled));
  const grown = process.memoryUsage().arrayBuffers - before;
  for (const socket of sockets) socket.destroy();
  // Two full buffers for each of them would be 63 MB.
  assert.ok(grown < 36_000_000, `${grown} bytes`);
});

/** A connection on which a download has begun, and nobody reads on. */
function stalled(): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const begun = (): boolean => {
      resolve(socket);
      return false;
    };
    const onread = { buffer: Buffer.alloc(1), callback: begun };
    const socket: Socket = connect({ host: hostname, port: Number(port), onread });
    socket.once("error", reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
}

test("a file that is asked for again comes from memory, whole and in parts", async () => {
  for (let round = 0; round < 3; round += 1) assert.equal(sha256((await get()).body), sha256(large.bytes));
  // What cannot be read any more can still be sent: it is in memory.
  rmSync(blobOf(sha256(large.bytes)));
  const answers = await Promise.all(Array.from({ length: 20 }, () => get()));
  for (const { body } of answers) assert.equal(sha256(body), sha256(large.bytes));
  const size = large.bytes.length;
  for (const [start, end] of [
    [0, 1],
    [PIECE_BYTES - 1, PIECE_BYTES + 1],
    [PIECE_BYTES, 3 * PIECE_BYTES],
    [17, 2 * PIECE_BYTES + 17],
    [size - 1, size],
  ] as const) {
    const { status, body, headers } = await get({ range: `bytes=${start}-${end - 1}` });
    assert.deepEqual([status, headers["content-range"]], [206, `bytes ${start}-${end - 1}/${size}`]);
    assert.ok(body.equals(large.bytes.subarray(start, end)), `${start}-${end}`);
  }
});

test("a lost blob is a failure of the index, told before a byte of the file, each time", async () => {
  rmSync(blobOf(sha256(lost.bytes)));
  for (let round = 0; round < 3; round += 1) {
    const { status, headers } = await ask(url, `/${fileUrl("lost", lost.filename)}`);
    assert.deepEqual([status, headers["cache-control"]], [500, "no-store"]);
  }
});

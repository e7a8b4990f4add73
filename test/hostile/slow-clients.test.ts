/*
 * Clients that say nothing, or drop by drop, or without end, or twice at once, against a running index over sockets. It ends
 * each of them with a code of its own, answers others meanwhile, and its memory stays bounded.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BOUNDARY, encodeForm, partsFor, type Part } from "../../packages/server/test/upload/form.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { Scope } from "../harness/scope.ts";
import { HostileIndex } from "./hostile-index.ts";
import { answerOf, openRaw, sendRaw, type RawAnswer } from "./raw.ts";

const scope = new Scope();
after(() => scope.end());
let index: HostileIndex;
before(async () => {
  index = await HostileIndex.open(scope, 8 * 60_000);
});

const SILENT = 1_000;
const DROP_MS = 500;
/** Generous: the longest that the index waits for anything here is half a minute. */
const PATIENCE_MS = 3 * 60_000;
const MiB = 1024 * 1024;

function head(length: number | "chunked", more: readonly string[] = []): Buffer {
  const size = length === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  const lines = ["POST /legacy/ HTTP/1.1", "Host: x", `Authorization: ${index.authorization}`, size];
  const type = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`;
  return Buffer.from([...lines, type, "Accept: application/json", "Connection: close", ...more, "", ""].join("\r\n"));
}

/** A connection that gets one drop after the other until the index has had enough. */
async function drip(begin: Buffer, drop: Buffer): Promise<RawAnswer> {
  const socket = openRaw(index.url);
  const answer = answerOf(socket);
  socket.write(begin);
  const timer = setInterval(() => socket.write(drop), DROP_MS);
  try {
    return await inTime(answer);
  } finally {
    clearInterval(timer);
    socket.destroy();
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: stop.signal }).then(() => assert.fail("never ended"));
  try {
    return await Promise.race([answer, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}

/** Fulfilled when the connection takes more, or takes nothing any more. */
function moved(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.once("drain", done).once("close", done);
  });
}

const field = (name: string, value: string): Part => ({ name, value });
const told = ({ status, code }: RawAnswer): [number, string | undefined] => [status, code];

test("slow and silent clients are ended with a code, all at once, while others are answered", async () => {
  const silent: Socket[] = await Promise.all(
    Array.from({ length: SILENT }, async () => {
      const socket = openRaw(index.url);
      await once(socket, "connect");
      return socket;
    }),
  );
  const ends = silent.map(answerOf);
  const form = encodeForm(partsFor(makeWheel({ name: "slow", version: "1.0" })));
  const begun = Buffer.concat([head(form.length), form.subarray(0, 200)]);
  const withBoundary = Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="description"\r\n\r\n`);
  const slow = Promise.all([
    drip(Buffer.from("GET /simple/ HTTP/1.1\r\nHost: x\r\n"), Buffer.from("X: y\r\n")),
    drip(begun, Buffer.alloc(0)),
    drip(Buffer.concat([head(10 * MiB), withBoundary]), Buffer.from("x")),
    drip(Buffer.concat([head("chunked"), Buffer.from("1\r\n-\r\n")]), Buffer.from("1\r\n-\r\n")),
    drip(Buffer.from("POST /api/v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{"), Buffer.from(" ")),
  ]);
  await index.takesHonestUploads();
  assert.equal((await fetch(`${index.url}/simple/honest/`)).status, 200);
  await index.requireBounded();
  const [header, stopped, body, chunks, api] = await slow;
  assert.deepEqual(told(header), [408, "REQUEST_SLOW"]);
  assert.deepEqual(told(stopped), [408, "UPLOAD_SLOW"]);
  assert.deepEqual(told(body), [408, "UPLOAD_SLOW"]);
  assert.deepEqual(told(chunks), [408, "UPLOAD_SLOW"]);
  assert.match(api.text, /^HTTP\/1\.1 (408|404|405) /);
  for (const end of await inTime(Promise.all(ends))) assert.ok(end.status === 408 || end.status === 0, end.text);
  await index.takesHonestUploads();
});

test("bodies and headers without end, and too many of anything, are refused at once with a code", async () => {
  const parts = partsFor(makeWheel({ name: "endless", version: "1.0" }));
  const endless = async (begin: Buffer, piece: Buffer, most: number): Promise<RawAnswer> => {
    const socket = openRaw(index.url);
    const answer = answerOf(socket);
    socket.write(begin);
    for (let sent = 0; sent < most && !socket.destroyed; sent += piece.length) {
      if (!socket.write(piece)) await moved(socket);
    }
    return await inTime(answer);
  };
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, "x"), Buffer.from("\r\n")]);
  const textPart = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="description"\r\n\r\n`;
  const filePart = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="endless-1.0.tar.gz"\r\n\r\n`;
  for (const part of [textPart, filePart]) {
    const begin = Buffer.concat([head("chunked"), Buffer.from(`${part.length.toString(16)}\r\n${part}\r\n`)]);
    assert.deepEqual(told(await endless(begin, chunk, 400 * MiB)), [400, "UPLOAD_TOO_LARGE"]);
  }
  const line = Buffer.from(`X: ${"y".repeat(4_000)}\r\n`);
  const start = Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n");
  const long = Buffer.concat([start, ...Array.from({ length: 8 }, () => line), Buffer.from("\r\n")]);
  assert.deepEqual(told(await inTime(sendRaw(index.url, [long]))), [431, "REQUEST_HEADERS"]);
  // Whoever goes on sending may find the connection reset before the answer was read.
  const headers = await endless(start, line, 100 * MiB);
  assert.ok(headers.status === 431 || headers.status === 0, headers.text);
  const send = (more: readonly Part[]): Promise<RawAnswer> => {
    const form = encodeForm([...more, ...parts]);
    return inTime(sendRaw(index.url, [head(form.length), form]));
  };
  const many = Array.from({ length: 10_000 }, (_, n) => field(`f${n}`, "x"));
  assert.deepEqual(told(await send(many)), [400, "UPLOAD_TOO_LARGE"]);
  assert.deepEqual(told(await send([field("description", "x".repeat(5 * MiB))])), [400, "UPLOAD_TOO_LARGE"]);
  const wide = [0, 1, 2].map(() => field("description", "x".repeat(3 * MiB)));
  assert.deepEqual(told(await send(wide)), [400, "UPLOAD_TOO_LARGE"]);
  assert.deepEqual(told(await send([field("n".repeat(5_000), "x")])), [400, "UPLOAD_FORM"]);
  assert.deepEqual(told(await send([field("content", "no file")])), [400, "UPLOAD_FORM"]);
  assert.deepEqual(told(await send([{ ...field("name", "x"), filename: "x" }])), [400, "UPLOAD_FORM"]);
  await index.requireBounded();
  await index.takesHonestUploads();
});

test("a request that could be read as two is refused with a code, and what hides in it is never answered", async () => {
  const hidden = "GET /simple/honest/ HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const lengths of [
    "Content-Length: 6\r\nTransfer-Encoding: chunked",
    "Content-Length: 6\r\nContent-Length: 7",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding:\x0bchunked",
    "Content-Length: +6",
    "Content-Length: 6\r\n Transfer-Encoding: chunked",
  ]) {
    const request = `POST /legacy/ HTTP/1.1\r\nHost: x\r\n${lengths}\r\n\r\n0\r\n\r\n${hidden}`;
    const answer = await inTime(sendRaw(index.url, [Buffer.from(request, "latin1")]));
    assert.doesNotMatch(answer.text, /honest-1/, lengths);
    assert.match(answer.text, /^HTTP\/1\.1 4\d\d /, lengths);
  }
});

test("forms that together are more than the memory for them are refused until there is room again", async () => {
  const held: Socket[] = [];
  const answers: Promise<RawAnswer>[] = [];
  const value = Buffer.from("x".repeat(3_500_000));
  const begin = Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="description"\r\n\r\n`);
  const more = Buffer.concat([begin, value, Buffer.from("\r\n"), begin, value]);
  for (let n = 0; n < 16; n += 1) {
    const socket = openRaw(index.url);
    held.push(socket);
    answers.push(answerOf(socket));
    socket.write(head(50 * MiB));
    socket.write(more);
  }
  const refused = await inTime(Promise.any(answers));
  assert.deepEqual(told(refused), [503, "UPLOAD_BUSY"]);
  assert.match(refused.text, /^retry-after: 5\r$/im);
  await index.takesHonestUploads();
  await index.requireBounded();
  for (const socket of held) socket.destroy();
  await inTime(Promise.all(answers));
  await index.requireSound();
});

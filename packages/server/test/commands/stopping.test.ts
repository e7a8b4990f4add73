/*
 * A server is asked to end while uploads and downloads are on their way: those that go on come to their end, those that
 * stand still are cut, nothing is half-written, and the next start finds all that was answered.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { randomBytes } from "node:crypto";
import { makeWheel, sha256, type Distribution } from "../../../../test/harness/distributions/distributions.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { issueToken } from "../../src/accounts/issue.ts";
import { ask, testIndex, type TestIndex } from "../serving.ts";
import { BOUNDARY, encodeForm, partsFor, post } from "../upload/form.ts";
import { serve, server, written } from "./command.ts";

const LARGE = makeWheel({ name: "large", version: "1.0", extra: [["body.bin", randomBytes(12 * 1024 * 1024)]] });

async function indexWithToken(made: TestIndex): Promise<string> {
  const now = Date.now();
  await made.index.accounts.addAccount({ name: "ann", at: now });
  const request = { account: "ann", label: "", scopes: ["upload"], projects: undefined, days: 30 } as const;
  const secret = (await issueToken(made.index.accounts, request, now))?.secret ?? "";
  return `Basic ${Buffer.from(`__token__:${secret}`).toString("base64")}`;
}

/** A connection, and all that came on it until it ended or was cut. */
class Exchange {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  readonly #closed: Promise<unknown>;

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), "127.0.0.1");
    this.socket.on("error", () => undefined);
    this.#closed = new Promise((resolve) => this.socket.once("close", resolve));
  }

  /** Reads on from now on. */
  read(): void {
    this.socket.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
  }

  async whole(): Promise<Buffer> {
    await this.#closed;
    return Buffer.concat(this.#chunks);
  }
}

/** The first half of an upload, and what would follow. */
function beginUpload(url: string, authorization: string, file: Distribution): Exchange & { readonly rest: Buffer } {
  const form = encodeForm(partsFor(file));
  const half = Math.floor(form.length / 2);
  const lines = ["POST /legacy/ HTTP/1.1", "Host: x", `Authorization: ${authorization}`, "Connection: close"];
  const type = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`;
  const exchange = new Exchange(url);
  exchange.read();
  exchange.socket.write([...lines, type, `Content-Length: ${form.length}`, "", ""].join("\r\n"));
  exchange.socket.write(form.subarray(0, half));
  return Object.assign(exchange, { rest: form.subarray(half) });
}

/** A download of which nothing but the beginning is read. */
async function beginDownload(url: string, path: string): Promise<Exchange> {
  const exchange = new Exchange(url);
  exchange.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await once(exchange.socket, "readable");
  return exchange;
}

function staged(data: string): readonly string[] {
  const staging = join(data, "blobs", "staging");
  const owners = existsSync(staging) ? readdirSync(staging) : [];
  return owners.flatMap((owner) => readdirSync(join(staging, owner)));
}

test("asked to end, it lets go on what goes on, cuts what stands still, and loses nothing", async (t) => {
  const scope = scopeOf(t);
  const made = await testIndex(scope);
  made.clock.now = Date.now();
  const authorization = await indexWithToken(made);
  await made.import([LARGE]);
  const { url, process: running } = await serve(scope, made.data, { args: ["--log-requests"] });
  const page = await ask(url, "/simple/large/", { accept: "application/vnd.pypi.simple.v1+json" });
  const { files } = JSON.parse(page.body.toString()) as { files: readonly { url: string }[] };
  const path = new URL(files[0]?.url ?? "", `${url}simple/large/`).pathname;

  const [slow, still] = ["slow", "still"].map((name) =>
    makeWheel({ name, version: "1.0", extra: [["body.bin", randomBytes(300_000)]] }),
  );
  assert.ok(slow !== undefined && still !== undefined);
  const [goesOn, standsStill] = [beginUpload(url, authorization, slow), beginUpload(url, authorization, still)];
  const [readOn, notRead] = [await beginDownload(url, path), await beginDownload(url, path)];
  // Both uploads have reached the disk.
  while (staged(made.data).length < 2) await ask(url, "/-/health");

  process.kill(running.pid, "SIGTERM");
  await written(running, /"stopping"/);
  await assert.rejects(ask(url, "/-/health"), { code: "ECONNREFUSED" }, "nobody new is let in");
  goesOn.socket.write(goesOn.rest);
  readOn.read();
  const [upload, download] = [(await goesOn.whole()).toString("latin1"), await readOn.whole()];
  assert.match(upload, /^HTTP\/1\.1 200 OK\r\n[^]*slow-1\.0-py3-none-any\.whl: published\n$/);
  assert.equal(sha256(download.subarray(download.indexOf("\r\n\r\n") + 4)), sha256(LARGE.bytes));

  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /"stopped"\}\n$/);
  assert.doesNotMatch((await standsStill.whole()).toString("latin1"), /^HTTP\/1\.1 200/);
  notRead.read();
  assert.ok((await notRead.whole()).length < LARGE.bytes.length, "a download that nobody reads is cut");
  assert.deepEqual(staged(made.data), []);

  const again = await serve(scope, made.data);
  assert.equal((await ask(again.url, "/simple/slow/")).status, 200);
  assert.equal((await ask(again.url, "/simple/still/")).status, 404);
  const retried = await post(again.url, encodeForm(partsFor(still)), { authorization });
  assert.equal(retried.body.toString(), `${still.filename}: published\n`);
  assert.equal((await again.process.stop()).code, 0);
  const checked = await server("fsck", "--data", made.data, "--root", made.made.fingerprint);
  assert.equal(checked.code, 0, checked.output);
});

test("asked a second time, it ends at once, and an upload that was on its way is not there", async (t) => {
  const scope = scopeOf(t);
  const made = await testIndex(scope);
  const authorization = await indexWithToken(made);
  const { url, process: running } = await serve(scope, made.data);
  const file = makeWheel({ name: "cut", version: "1.0", extra: [["body.bin", randomBytes(300_000)]] });
  const begun = beginUpload(url, authorization, file);
  while (staged(made.data).length < 1) await ask(url, "/-/health");
  process.kill(running.pid, "SIGTERM");
  await written(running, /"stopping"/);
  process.kill(running.pid, "SIGTERM");
  const { code } = await running.ended;
  assert.notEqual(code, 0);
  assert.equal((await begun.whole()).length, 0);
  const again = await serve(scope, made.data);
  assert.deepEqual(staged(made.data), [], "what it left half-written is removed");
  assert.equal((await ask(again.url, "/simple/cut/")).status, 404);
  assert.equal((await post(again.url, encodeForm(partsFor(file)), { authorization })).status, 200);
});

import assert from "node:assert/strict";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { readTargets, readTimestamp } from "@countermark/tuf";
import { makeWheel, writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { Scope, scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { initialise } from "../../src/ceremony/init.ts";
import { openIndex } from "../../src/data-folder.ts";
import { ask, CHOICES, importInto } from "../serving.ts";
import { serve, server, startServer, written } from "./command.ts";

const SHIFT = join(import.meta.dirname, "../../../../test/harness/shifted-clock.ts");
const DAY = 24 * 60 * 60 * 1000;
const later = (days: number) => ({ preload: SHIFT, settings: { TEST_CLOCK_SHIFT_MS: String(days * DAY) } });

async function newIndex(scope: Scope): Promise<{ folder: string; data: string; keys: string }> {
  const folder = temporaryFolder(scope);
  const [data, keys, from] = [join(folder, "data"), join(folder, "keys"), join(folder, "from")];
  await initialise({ ...CHOICES, data, keys, now: Date.now() });
  await mkdir(from);
  writeDistributions(from, [makeWheel({ name: "flask", version: "1.0" })]);
  const index = await openIndex(data);
  await importInto(index, from, Date.now);
  await index.store.close();
  return { folder, data, keys };
}

test("serve prints its address, logs JSON on stderr, and ends at SIGTERM with 0", async (t) => {
  const scope = scopeOf(t);
  const { data } = await newIndex(scope);
  const { url, process } = await serve(scope, data);
  assert.equal((await ask(url, "/simple/flask/")).status, 200);
  const { code, stdout, stderr } = await process.stop();
  assert.equal(code, 0);
  assert.equal(stdout, `${url}\n`);
  const log = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string });
  assert.deepEqual(
    log.map(({ msg }) => msg),
    ["listening", "stopping", "stopped"],
  );
});

test("a port in use is a clear error", async (t) => {
  const scope = scopeOf(t);
  const { data } = await newIndex(scope);
  const taken = createServer().listen(0, "127.0.0.1");
  scope.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const { code, stdout, stderr } = await server(
    "serve",
    "--data",
    data,
    "--port",
    String(port),
    "--log-level",
    "silent",
  );
  assert.deepEqual([code, stdout], [69, ""]);
  assert.match(
    stderr,
    /^error\[PORT_IN_USE\]: port \d+ of 127\.0\.0\.1 is in use by another process\n\nhint: choose another/,
  );
  const elsewhere = await server("serve", "--data", data, "--listen", "192.0.2.1:0", "--log-level", "silent");
  assert.deepEqual([elsewhere.code, elsewhere.stderr.startsWith("error[BAD_ADDRESS]")], [69, true], elsewhere.stderr);
});

test("an answer on its way ends before the server does", async (t) => {
  const scope = scopeOf(t);
  const { data } = await newIndex(scope);
  const { url, process } = await serve(scope, data);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  scope.after(() => socket.destroy());
  socket.write("GET /simple/flask/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  // The server has the first half of a request when it is asked to end.
  await ask(url, "/-/health");
  const stopping = process.stop();
  await written(process, /"stopping"/);
  socket.write("\r\n");
  await once(socket, "close");
  assert.match(answer, /^HTTP\/1\.1 200 OK/);
  assert.equal((await stopping).code, 0);
});

test("started after a month, it signs before its first answer", async (t) => {
  const scope = scopeOf(t);
  const { data } = await newIndex(scope);
  const { url } = await serve(scope, data, later(30));
  const { expires } = readTimestamp((await ask(url, "/tuf/timestamp.json")).body).signed;
  assert.ok(expires > Date.now() + 32 * DAY);
});

test("it warns in its log when offline roles are about to end, and 'ceremony renew' cures that", async (t) => {
  const scope = scopeOf(t);
  const { data, keys } = await newIndex(scope);
  const before = await serve(scope, data, later(340));
  assert.match(before.process.output(), /"level":40.*the offline roles will end in 20 days/);
  const renewing = startServer(scope, ["ceremony", "renew", "--data", data, "--keys", keys, "--json"], later(340));
  const { code, stdout, stderr } = await renewing.ended;
  assert.equal(code, 0, stderr);
  assert.equal((JSON.parse(stdout) as { ceremony: number }).ceremony, 2);
  // The running server shows the new roles at once.
  const targets = readTargets((await ask(before.url, "/tuf/2.targets.json")).body).signed;
  assert.ok(targets.expires > Date.now() + 690 * DAY);
  assert.equal((await ask(before.url, "/tuf/2.root.json")).status, 200);
  assert.equal((await ask(before.url, "/tuf/1.root.json")).status, 200);
  assert.equal((JSON.parse((await ask(before.url, "/-/health")).body.toString()) as { status: string }).status, "ok");
});

test("a ceremony takes only the keys of this index", async (t) => {
  const scope = scopeOf(t);
  const [mine, other] = [await newIndex(scope), await newIndex(scope)];
  const wrong = await server("ceremony", "renew", "--data", mine.data, "--keys", other.keys);
  assert.deepEqual([wrong.code, wrong.stderr.startsWith("error[WRONG_KEYS]")], [65, true], wrong.stderr);
  const none = await server("ceremony", "renew", "--data", mine.data, "--keys", mine.folder);
  assert.deepEqual([none.code, /^error\[KEY_FILE\].* is missing/.test(none.stderr)], [65, true], none.stderr);
});

test("key files that are open to others, swapped or broken are refused", async (t) => {
  const { data } = await newIndex(scopeOf(t));
  const path = join(data, "keys", "snapshot.json");
  const good = await readFile(path, "utf8");
  const refused = async (what: RegExp): Promise<void> => {
    const { code, stderr } = await server("serve", "--data", data, "--port", "0");
    assert.equal(code, 65, stderr);
    assert.match(stderr, what);
    assert.doesNotMatch(stderr, /[0-9a-f]{64}/, "no key in an error");
  };
  for (const mode of [0o644, 0o640, 0o620]) {
    await chmod(path, mode);
    await refused(/^error\[KEY_FILE\]: .*is open to others than its owner\n\nhint: run 'chmod 600/);
  }
  await chmod(path, 0o600);
  await writeFile(path, await readFile(join(data, "keys", "timestamp.json"), "utf8"));
  await refused(/is not the key of snapshot/);
  await writeFile(path, good.slice(0, 100));
  await refused(/is not a key file that this program knows/);
  await writeFile(path, good.replace(/"seed": "../, '"seed": "00'));
  await refused(/holds another key than it says/);
  await rm(path);
  await refused(/is missing/);
});

test("a damaged database is told of", async (t) => {
  const { data } = await newIndex(scopeOf(t));
  await writeFile(join(data, "index.sqlite"), "this is not a database, but long enough to be looked at ".repeat(100));
  const { code, stderr } = await server("serve", "--data", data, "--port", "0");
  assert.deepEqual([code, stderr.startsWith("error[DATA_DAMAGED]")], [65, true], stderr);
});

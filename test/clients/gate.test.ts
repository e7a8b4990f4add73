/*
 * The gate of real runs: ends of all kinds, many at once, and without the network. Children are small programs that ask as
 * installers do.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { importFiles, startIndex } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import type { Running } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await startIndex(sandbox, [
  makeWheel({ name: "alphapkg", version: "1.0" }),
  makeWheel({ name: "betapkg", version: "1.0" }),
]);
await trust(sandbox, index.url, index.fingerprint);
const python = programOf("pip-newest", "python");

/** Asks for a project's page as pip does, and prints the status, or what went wrong. */
const ASK = `import sys, urllib.request as r, os
def ask(project):
    try: return r.urlopen(os.environ["PIP_INDEX_URL"] + project + "/").status
    except OSError as e: return e
`;
/** A child that was left behind: asks over and over and writes what became of it, until nothing more is to be had. */
const ORPHAN = `${ASK}
import time
log = open(sys.argv[1], "w", buffering=1)
for turn in range(600):
    answer = ask("alphapkg")
    print(answer, file=log)
    if answer != 200: break
    time.sleep(0.05)
print("over", file=log)
`;
const orphan = join(sandbox.folder, "orphan.py");
writeFileSync(orphan, ORPHAN);

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 1500, `never: ${what}`);
    await sleep(20);
  }
}

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

for (const [title, end] of [
  ["its run has ended", (running: Running) => running.ended],
  ["its agent was killed", (running: Running) => Promise.resolve(process.kill(running.pid, "SIGKILL"))],
] as const) {
  test(`a child that is left behind reaches nothing any more once ${title}`, async () => {
    const log = join(sandbox.folder, `${title}.log`);
    const leave = `setsid "$1" "$2" "$3" & until grep -qs 200 "$3"; do sleep 0.02; done; [ "$4" = ended ] || sleep 60`;
    const wait = title.endsWith("ended") ? "ended" : "killed";
    const running = sandbox.start(countermark, ["run", "--", "sh", "-c", leave, "sh", python, orphan, log, wait]);
    await until("the child asks", () => readIfThere(log).includes("200"));
    await end(running);
    await until("the child sees", () => readIfThere(log).includes("over"));
    assert.match(readIfThere(log), /refused|reset|closed|Remote end/i);
    await running.kill();
  });
}

test("Ctrl-C ends the child in its own way, and the run after it, leaving no file behind", async () => {
  const script = 'trap "echo stopped; exit 7" INT; echo "$SSL_CERT_FILE"; while :; do sleep 0.05; done';
  const running = sandbox.start(countermark, ["run", "--", "sh", "-c", script]);
  await until("the child is there", () => running.output().includes("authorities.pem"));
  const [file = ""] = running.output().split("\n");
  const text = readFileSync(file, "utf8");
  assert.match(text, /^-----BEGIN CERTIFICATE-----/);
  assert.doesNotMatch(text, /KEY/);
  process.kill(-running.pid, "SIGINT");
  const { code, stdout } = await running.ended;
  assert.match(stdout, /^stopped$/m);
  assert.equal(code, 7);
  assert.equal(existsSync(file), false);
});

/** As a private key on P-256 begins, in each form in which one could be written down: PEM, PKCS #8, SEC 1, and JWK. */
const KEY_MARKS = ["PRIVATE KEY-----", "MIGHAgEAMBMGByqGSM49", "MHcCAQEEI", '"kty":"EC"'].map((text) =>
  Buffer.from(text),
);
KEY_MARKS.push(Buffer.from("2a8648ce3d030107046d306b0201010420", "hex"), Buffer.from("30770201010420", "hex"));

/** Files below these folders that hold a private key on P-256, or the secret. */
function leaksIn(folders: readonly string[], secret: string): readonly string[] {
  const marks = [...KEY_MARKS, Buffer.from(secret)];
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/keys"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => marks.some((mark) => readFileSync(path).includes(mark)));
}

test("while a run goes on, the authority's key and the run's secret are on no disk, in no open file and on no command line", async () => {
  const go = join(sandbox.folder, "looked");
  const script = `echo "$HTTPS_PROXY"; cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' '; echo; until [ -e "${go}" ]; do sleep 0.05; done`;
  const running = sandbox.start(countermark, ["run", "--", "sh", "-c", script]);
  await until("the child has looked", () => running.output().split("\n").length > 2);
  const [proxy = "", commandLines = ""] = running.output().split("\n");
  const secret = new URL(proxy).password;
  assert.equal(secret.length, 22);
  assert.ok(!commandLines.includes(secret), "it stands in the environment alone");

  const planted = join(sandbox.folder, "home", "planted");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const keys = (["pkcs8", "sec1"] as const).flatMap((type) => [
    privateKey.export({ type, format: "pem" }),
    privateKey.export({ type, format: "der" }),
  ]);
  for (const key of keys) {
    writeFileSync(planted, key);
    assert.deepEqual(leaksIn([sandbox.folder], secret), [planted], "the control");
  }
  rmSync(planted);
  assert.deepEqual(leaksIn([sandbox.folder], secret), []);
  const open = readdirSync(`/proc/${running.pid}/fd`).map((name) => linkOf(`/proc/${running.pid}/fd/${name}`));
  const files = open.filter((path) => path.startsWith("/") && !path.startsWith("/dev/"));
  assert.ok(
    files.some((path) => path.endsWith("/trust.sqlite")),
    "the control: the state is open",
  );
  const beside = files.filter((path) => !path.includes("/countermark/trust.sqlite"));
  assert.deepEqual(beside, [], "the run holds no other file open, deleted or not");
  writeFileSync(go, "");
  assert.equal((await running.ended).code, 0);
});

/** Where a descriptor leads; nothing where it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

test("one snapshot is pinned for a whole run: what is published meanwhile is the next run's", async () => {
  const go = join(sandbox.folder, "published");
  const script = `import json, os, time, urllib.request as r
def versions(project):
    asked = r.Request(os.environ["PIP_INDEX_URL"] + project + "/", headers={"accept": "application/vnd.pypi.simple.v1+json"})
    try: return json.load(r.urlopen(asked))["versions"]
    except OSError as e: return e.code
print(versions("alphapkg"), flush=True)
while not os.path.exists("${go}"): time.sleep(0.05)
print(versions("alphapkg"), versions("betapkg"), versions("gammapkg"))`;
  const ask = ["run", "--", python, "-c", script];
  const running = sandbox.start(countermark, ask);
  await until("it has asked", () => running.output().includes("\n"));
  await importFiles(sandbox, index, [
    makeWheel({ name: "alphapkg", version: "2.0" }),
    makeWheel({ name: "betapkg", version: "2.0" }),
    makeWheel({ name: "gammapkg", version: "1.0" }),
  ]);
  writeFileSync(go, "");
  assert.equal((await running.ended).stdout, "['1.0']\n['1.0'] ['1.0'] 404\n");
  const next = await sandbox.run(countermark, ask);
  assert.equal(next.stdout, "['1.0', '2.0']\n['1.0', '2.0'] ['1.0', '2.0'] ['1.0']\n", next.output);
});

test("20 runs at once share one cache, and none waits for another", async () => {
  const go = join(sandbox.folder, "go");
  const first = sandbox.start(countermark, [
    "run",
    "--",
    "sh",
    "-c",
    `echo in; until [ -e "${go}" ]; do sleep 0.05; done`,
  ]);
  await until("the first is in", () => first.output().includes("in"));
  const ask = ["run", "--", python, "-c", `${ASK}\nprint(ask("alphapkg"), ask("betapkg"))`];
  const others = await Promise.all(Array.from({ length: 19 }, () => sandbox.run(countermark, ask)));
  for (const { code, stdout, output } of others) assert.deepEqual([code, stdout], [0, "200 200\n"], output);
  assert.ok(first.isRunning(), "all others were done while it went on");
  writeFileSync(go, "");
  assert.equal((await first.ended).code, 0);
});

test("an upload from inside a run is refused with the way to sign it, and fails the run", async () => {
  const post = `import os, urllib.request as r, urllib.error
url = os.environ["PIP_INDEX_URL"].replace("/simple/", "/legacy/")
try: r.urlopen(r.Request(url, data=b"x" * 100000, method="POST"))
except urllib.error.HTTPError as e: print(e.code, e.reason)`;
  const { code, stdout, stderr } = await sandbox.run(countermark, ["run", "--", python, "-c", post]);
  assert.match(stdout, /^400 countermark: upload/);
  assert.match(stderr, /error\[UPLOAD_UNSIGNED\].*\n\nhint: .*run --sign/);
  assert.equal(code, 1);
});

/* `import URL` against real peers: pypiserver and devpi, and against an index that lies. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { programOf } from "../../tools/python/environments.ts";
import { countermarkServer } from "../harness/commands.ts";
import { makeWheel, sha256, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve, type Index } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { freePort } from "../harness/free-port.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const wheels = ["flask", "zope-interface", "six"].map((name) => makeWheel({ name, version: "1.0" }));
const PATIENCE_MS = 60_000;

interface Outcome {
  readonly file?: string;
  readonly outcome?: string;
  readonly code?: string;
}

async function importing(index: Index, args: readonly string[], expected = 0): Promise<Outcome[]> {
  const { code, stdout, output } = await sandbox.run(countermarkServer, [
    "import",
    "--data",
    index.data,
    "--json",
    ...args,
  ]);
  assert.equal(code, expected, output);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome)
    .filter(({ file }) => file !== undefined);
}

async function answers(url: string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    if (
      await fetch(url).then(
        ({ status }) => status < 500,
        () => false,
      )
    )
      return;
    await sleep(20);
  }
  assert.fail(`${url} does not answer`);
}

interface PageFile {
  readonly hashes: { readonly sha256: string };
  readonly yanked?: string | boolean;
}

async function pageOf(index: Index, project: string): Promise<PageFile[]> {
  const { url, process } = await serve(sandbox, index);
  const answer = await fetch(`${url}/simple/${project}/`, {
    headers: { accept: "application/vnd.pypi.simple.v1+json" },
  });
  assert.equal(answer.status, 200);
  const { files } = (await answer.json()) as { files: PageFile[] };
  await process.stop();
  return files;
}

test("everything of a pypiserver comes in, once, also by a filter and behind a password", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/simple/`;
  const index = await initIndex(sandbox, "from-pypiserver");
  const absent = await sandbox.run(countermarkServer, ["import", "--data", index.data, url]);
  assert.match(absent.stderr, /^error\[UPSTREAM\]: .* cannot be read: ECONNREFUSED\n\nhint: is that index running/);
  const packages = writeDistributions(join(sandbox.folder, "packages"), wheels);
  const passwords = join(sandbox.folder, "passwords");
  // apache's own format of SHA-1, which needs no program to make
  writeFileSync(passwords, "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n");
  const args = ["run", "-p", String(port), "-i", "127.0.0.1", "-P", passwords, "-a", "list,download,update", packages];
  const peer = sandbox.start(programOf("pypiserver", "pypi-server"), args);
  scope.after(() => peer.kill());
  await answers(url);
  const refused = await sandbox.run(countermarkServer, ["import", "--data", index.data, url]);
  assert.match(refused.stderr, /^error\[UPSTREAM\]: .* answered 401\n\nhint: give a token or password by --token-fd/);

  const secret = join(sandbox.folder, "secret");
  writeFileSync(secret, "me:password\n");
  const withSecret = async (...more: string[]): Promise<Outcome[]> => {
    const script = `exec "$@" 3< ${secret}`;
    const command = [countermarkServer, "import", "--data", index.data, "--json", url, "--token-fd", "3", ...more];
    const { code, stdout, output } = await sandbox.run("/bin/sh", ["-c", script, "sh", ...command]);
    assert.equal(code, 0, output);
    assert.ok(!output.includes("password"), "the secret is shown");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Outcome);
    return lines.filter(({ file }) => file !== undefined);
  };
  const one = await withSecret("--project", "Zope_Interface");
  assert.deepEqual(
    one.map(({ file, outcome }) => [file, outcome]),
    [[`zope-interface/${wheels[1]?.filename ?? ""}`, "published"]],
  );
  const all = await withSecret();
  assert.deepEqual(all.map(({ outcome }) => outcome).sort(), ["known", "published", "published"]);
  const [flask] = await pageOf(index, "flask");
  assert.equal(flask?.hashes.sha256, sha256(wheels[0]?.bytes ?? Buffer.alloc(0)));
});

test("everything of a devpi index comes in", async () => {
  const port = await freePort();
  const [serverdir, clientdir] = [join(sandbox.folder, "devpi"), join(sandbox.folder, "devpi-client")];
  mkdirSync(clientdir);
  const init = await sandbox.run(programOf("devpi", "devpi-init"), ["--serverdir", serverdir, "--no-root-pypi"]);
  assert.equal(init.code, 0, init.output);
  const args = ["--serverdir", serverdir, "--host", "127.0.0.1", "--port", String(port)];
  const peer = sandbox.start(programOf("devpi", "devpi-server"), args);
  scope.after(() => peer.kill());
  const base = `http://127.0.0.1:${port}`;
  await answers(`${base}/+api`);
  const devpi = async (...command: string[]): Promise<void> => {
    const { code, output } = await sandbox.run(programOf("devpi", "devpi"), [...command, "--clientdir", clientdir], {
      settings: { http_proxy: undefined, HTTP_PROXY: undefined, all_proxy: undefined, ALL_PROXY: undefined },
    });
    assert.equal(code, 0, output);
  };
  await devpi("use", base);
  await devpi("login", "root", "--password=");
  await devpi("index", "-c", "root/team", "bases=");
  await devpi("use", "root/team");
  const folder = writeDistributions(join(sandbox.folder, "for-devpi"), wheels);
  await devpi("upload", "--from-dir", folder);
  const index = await initIndex(sandbox, "from-devpi");
  const outcomes = await importing(index, [`${base}/root/team/+simple`]);
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["published", "published", "published"],
  );
  assert.equal((await pageOf(index, "zope-interface")).length, 1);
});

test("an index that lies: wrong hashes, other hosts, redirects away, pages that are none; yanks are carried over", async () => {
  const [good, bad, away, moved] = ["good", "bad", "away", "moved"].map((name) => makeWheel({ name, version: "1.0" }));
  assert.ok(good !== undefined && bad !== undefined && away !== undefined && moved !== undefined);
  let asked = 0;
  const other = createServer((_, answer) => {
    asked += 1;
    answer.end(away.bytes);
  }).listen(0, "127.0.0.1");
  scope.after(() => other.close());
  await once(other, "listening");
  const elsewhere = `http://127.0.0.1:${(other.address() as { port: number }).port}`;
  const link = (name: string, href: string, more = ""): string => `<a href="${href}" ${more}>${name}</a>`;
  const hash = (bytes: Buffer): string => `#sha256=${sha256(bytes)}`;
  const pages: Record<string, string | Buffer> = {
    "/": ["good", "bad", "away", "moved"].map((name) => link(name, `${name}/`)).join(""),
    "/good/": link(good.filename, `../f/${good.filename}${hash(good.bytes)}`, `data-yanked="old"`),
    "/bad/": link(bad.filename, `../f/${bad.filename}${hash(good.bytes)}`),
    "/away/": link(away.filename, `${elsewhere}/${away.filename}${hash(away.bytes)}`),
    "/moved/": link(moved.filename, `../redirect/${moved.filename}${hash(moved.bytes)}`),
    [`/f/${good.filename}`]: good.bytes,
    [`/f/${bad.filename}`]: bad.bytes,
  };
  const liar = createServer((request, answer) => {
    const { url = "" } = request;
    if (url.startsWith("/redirect/")) answer.writeHead(302, { location: `${elsewhere}${url}` }).end();
    else if (pages[url] === undefined) answer.writeHead(404).end();
    else answer.writeHead(200, { "content-type": "text/html" }).end(pages[url]);
  }).listen(0, "127.0.0.1");
  scope.after(() => liar.close());
  await once(liar, "listening");
  const { port } = liar.address() as { port: number };
  const index = await initIndex(sandbox, "from-liar");
  const outcomes = await importing(index, [`http://127.0.0.1:${port}/`], 1);
  const codes = new Map(outcomes.map(({ file, code, outcome }) => [file?.split("/")[0], code ?? outcome]));
  const expected = { good: "published", bad: "UPSTREAM_HASH", away: "UPSTREAM_HOST", moved: "UPSTREAM_HOST" };
  assert.deepEqual(Object.fromEntries([...codes].sort()), Object.fromEntries(Object.entries(expected).sort()));
  assert.equal(asked, 0, "a host was asked that nobody has allowed");
  assert.equal((await pageOf(index, "good"))[0]?.yanked, "old");
  // Control: allowed, it is asked.
  const allowed = [`http://127.0.0.1:${port}/`, "--project", "away", "--allow-host", new URL(elsewhere).host];
  assert.deepEqual(
    (await importing(index, allowed)).map(({ outcome }) => outcome),
    ["published"],
  );
  assert.equal(asked, 1);
});

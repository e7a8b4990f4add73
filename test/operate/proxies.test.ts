/* The ways in that the guide names: deploy's own lines for nginx and Caddy before a socket, and TLS of its own. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { programOf } from "../../tools/python/environments.ts";
import { checkout } from "../../tools/python/places.ts";
import { countermarkServer } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { freePort } from "../harness/free-port.ts";
import { initIndex, type Index } from "../harness/index-server.ts";
import { importing, installPlainly, newPip } from "../harness/installers.ts";
import type { Running } from "../harness/processes.ts";
import { openSandbox, type Sandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
let sandbox: Sandbox;
let index: Index;
let socket: string;
let server: Running;
let token: string;
const HOST = "localhost";
const SERVER_MS = 9 * 60_000;
const START_MS = 60_000;
const POLL_MS = 20;
/** More than nginx takes by itself (1 MiB) and than it would hold in memory. */
const LARGE = 12 * 1024 * 1024;

before(async () => {
  sandbox = await openSandbox(scope);
  index = await initIndex(sandbox);
  socket = join(sandbox.folder, "http.sock");
  await operator("account", "add", "ann");
  token = await operator("token", "create", "ann");
  makeCertificate();
  const listen = ["--listen", `unix:${socket}`, "--trusted-proxy", "unix", "--log-requests"];
  server = sandbox.start(countermarkServer, ["serve", "--data", index.data, ...listen], { timeoutMs: SERVER_MS });
  scope.after(() => server.stop());
  await until(server, () => server.output().includes('"msg":"listening"'));
});
after(() => scope.end());

const certificate = (): string => join(sandbox.folder, "cert.pem");
const privateKey = (): string => join(sandbox.folder, "key.pem");

async function operator(...args: readonly string[]): Promise<string> {
  const ending = await sandbox.run(countermarkServer, [...args, "--data", index.data]);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout.trim();
}

/** A certificate for this host that signs itself. */
function makeCertificate(): void {
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const named = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST},IP:127.0.0.1`];
  const files = ["-keyout", privateKey(), "-out", certificate()];
  execFileSync("openssl", [...made, ...named, ...files], { stdio: "ignore", env: { PATH: process.env["PATH"] } });
}

async function until(process: Running, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await condition())) {
    assert.ok(process.isRunning() && Date.now() < deadline, process.output());
    await sleep(POLL_MS);
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks over TLS, with the made certificate as the only authority. */
function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const from = { host: "127.0.0.1", servername: HOST, port, path, agent: false, ca: readFileSync(certificate()) };
    request({ ...from, headers: { host: HOST, ...headers } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) });
      });
      answer.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

const answers = async (port: number): Promise<boolean> =>
  ask(port, "/simple/").then(
    ({ status }) => status === 200,
    () => false,
  );

const PYTHON_SETTINGS = () => ({ PIP_CERT: certificate(), REQUESTS_CA_BUNDLE: certificate() });

/** twine uploads a large file, pip installs it, and what the guide says of a proxy holds. */
async function serves(port: number, project: string): Promise<void> {
  const url = `https://${HOST}:${port}`;
  const dist = join(sandbox.folder, `dist-${project}`);
  const large = makeWheel({ name: project, version: "1.0", extra: [["large.bin", randomBytes(LARGE)]] });
  writeDistributions(dist, [large]);
  const uploaded = await sandbox.run(programOf("twine", "twine"), ["upload", ...readdirSync(dist)], {
    folder: dist,
    settings: {
      ...PYTHON_SETTINGS(),
      TWINE_REPOSITORY_URL: `${url}/legacy/`,
      TWINE_USERNAME: "__token__",
      TWINE_PASSWORD: token,
      TWINE_NON_INTERACTIVE: "1",
    },
  });
  assert.equal(uploaded.code, 0, uploaded.output);
  const installed = await installPlainly(sandbox, newPip, url, [project], { settings: PYTHON_SETTINGS() });
  assert.equal(installed.code, 0, installed.output);
  assert.equal(await importing(sandbox, installed.target, project), `${project} 1.0`);

  const page = await ask(port, `/simple/${project}/`, { accept: "application/vnd.pypi.simple.v1+json" });
  const { files } = JSON.parse(page.body.toString()) as { files: [{ url: string; hashes: { sha256: string } }] };
  assert.equal(files[0].hashes.sha256, createHash("sha256").update(large.bytes).digest("hex"));
  const again = await ask(port, `/simple/${project}/`, {
    accept: "application/vnd.pypi.simple.v1+json",
    "if-none-match": page.headers.etag ?? "",
  });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  const path = new URL(files[0].url, `${url}/simple/${project}/`).pathname;
  const part = await ask(port, path, { range: "bytes=10-19" });
  assert.deepEqual([part.status, part.body], [206, large.bytes.subarray(10, 20)]);
  const moved = await ask(port, `/simple/${project.toUpperCase()}/`);
  assert.deepEqual(
    [moved.status, new URL(moved.headers.location ?? "", `${url}/simple/x/`).host],
    [301, new URL(url).host],
  );
}

/** Whose request the server believes it was: what a client claims for itself counts for nothing. */
async function passesOnWhoAsks(port: number): Promise<void> {
  const path = `/simple/asked-at-${port}/`;
  await ask(port, path, { "x-forwarded-for": "192.0.2.66", "x-request-id": "chosen" });
  await until(server, () => server.output().includes(path));
  const line = server
    .output()
    .split("\n")
    .find((text) => text.includes(path));
  const { client } = JSON.parse(line ?? "{}") as { client?: string };
  assert.equal(client, "127.0.0.1", line);
}

const deployed = (name: string): string => readFileSync(join(checkout, "deploy", name), "utf8");

const programAt = (...paths: readonly string[]): string | undefined => paths.find((path) => existsSync(path));
const nginx = programAt("/usr/sbin/nginx", "/usr/bin/nginx");
const caddy = programAt("/usr/bin/caddy", "/usr/local/bin/caddy");

/** deploy's lines, each change named: an address, a place, a name. One that is not there any more is a failure. */
function adapted(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((before, [from, to]) => {
    assert.ok(before.includes(from), `deploy no longer says: ${from}`);
    return before.replaceAll(from, to);
  }, text);
}

async function startNginx(program: string, port: number): Promise<void> {
  const folder = join(sandbox.folder, "nginx");
  mkdirSync(folder);
  const lines = adapted(deployed("nginx.conf"), [
    ["unix:/run/countermark/http.sock", `unix:${socket}`],
    ["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`],
    ["    listen [::]:443 ssl;\n", ""],
    ["index.example.org;", `${HOST};`],
    ["/etc/letsencrypt/live/index.example.org/fullchain.pem", certificate()],
    ["/etc/letsencrypt/live/index.example.org/privkey.pem", privateKey()],
  ]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const configuration = join(folder, "nginx.conf");
  const head = [`pid ${join(folder, "pid")};`, "daemon off;", "error_log stderr;", "events {}"];
  if (process.getuid?.() === 0) head.unshift("user root;");
  writeFileSync(configuration, `${head.join("\n")}\nhttp {\naccess_log off;\n${temporary.join("\n")}\n${lines}\n}\n`);
  const running = sandbox.start(program, ["-p", folder, "-e", "stderr", "-c", configuration], { timeoutMs: SERVER_MS });
  scope.after(() => running.stop());
  await until(running, () => answers(port));
}

async function startCaddy(program: string, port: number): Promise<void> {
  const configuration = join(sandbox.folder, "Caddyfile");
  const lines = adapted(deployed("Caddyfile"), [
    ["index.example.org {", `https://${HOST}:${port} {\n\ttls ${certificate()} ${privateKey()}\n\tbind 127.0.0.1`],
    ["unix//run/countermark/http.sock", `unix/${socket}`],
  ]);
  writeFileSync(configuration, `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n${lines}`);
  const args = ["run", "--adapter", "caddyfile", "--config", configuration];
  const running = sandbox.start(program, args, { timeoutMs: SERVER_MS });
  scope.after(() => running.stop());
  await until(running, () => answers(port));
}

describe("ways in", () => {
  test("nginx with deploy's lines", { skip: nginx === undefined && "nginx is not on this machine" }, async () => {
    const port = await freePort();
    await startNginx(nginx ?? "", port);
    await serves(port, "bynginx");
    await passesOnWhoAsks(port);
    assert.match((await ask(port, "/-/health")).body.toString(), /"status":"ok"/);
  });

  test("Caddy with deploy's lines", { skip: caddy === undefined && "Caddy is not on this machine" }, async () => {
    const port = await freePort();
    await startCaddy(caddy ?? "", port);
    await serves(port, "bycaddy");
    await passesOnWhoAsks(port);
  });

  test("TLS of its own, and pages that name the public address", async () => {
    assert.equal((await server.stop()).code, 0, server.output());
    const tls = ["--tls-cert", certificate(), "--tls-key", privateKey(), "--public-url", `https://${HOST}/`];
    server = sandbox.start(countermarkServer, ["serve", "--data", index.data, "--port", "0", ...tls], {
      timeoutMs: SERVER_MS,
    });
    const running = server;
    scope.after(() => running.stop());
    await until(server, () => /^https:\S+/m.test(server.output()));
    const port = Number(/^https:\/\/127\.0\.0\.1:(\d+)\//m.exec(server.output())?.[1]);
    await serves(port, "bytls");
    assert.match((await ask(port, "/", { accept: "text/html" })).body.toString(), new RegExp(`https://${HOST}/`));
  });
});

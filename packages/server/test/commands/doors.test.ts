/* The ways in: a socket in the file system, TLS of its own, a proxy before it; and what the log says of them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, statSync } from "node:fs";
import { request as plainRequest, type RequestOptions } from "node:http";
import { request as tlsRequest } from "node:https";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { Scope } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { initialise } from "../../src/ceremony/init.ts";
import { TrustedProxies } from "../../src/http/forwarded.ts";
import { CHOICES } from "../serving.ts";
import { server, startServer, written } from "./command.ts";

const scope = new Scope();
after(() => scope.end());
const folder = temporaryFolder(scope);
const data = join(folder, "data");
await initialise({ ...CHOICES, data, keys: join(folder, "keys"), now: Date.now() });

interface Got {
  readonly status: number;
  readonly id: string | undefined;
  readonly body: string;
}

function get(ask: typeof plainRequest, options: RequestOptions): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = ask({ agent: false, ...options }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => (body += text));
      answer.on("end", () => {
        const { statusCode: status = 0, headers } = answer;
        resolve({ status, id: headers["x-request-id"] as string | undefined, body });
      });
    });
    asked.on("error", reject).end();
  });
}

interface Line {
  readonly msg: string;
  readonly id?: string;
  readonly client?: string;
  readonly path?: string;
  readonly status?: number;
}

const linesOf = (stderr: string): Line[] =>
  stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("a socket in the file system: only its owner and group connect, a killed process's is taken over", async () => {
  const socketPath = join(folder, "http.sock");
  const args = ["serve", "--data", data, "--listen", `unix:${socketPath}`];
  const killed = startServer(scope, args);
  await written(killed, /^unix:/m);
  assert.equal(statSync(socketPath).mode & 0o777, 0o660);
  const second = await server(...args, "--log-level", "silent");
  assert.deepEqual(
    [second.code, second.stderr.startsWith("error[PORT_IN_USE]: the socket")],
    [69, true],
    second.stderr,
  );
  assert.equal((await get(plainRequest, { socketPath, path: "/simple/" })).status, 200);
  await killed.kill();
  const next = startServer(scope, [...args, "--socket-mode", "600"]);
  await written(next, /^unix:/m);
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  assert.equal((await next.stop()).code, 0);
  assert.equal(statSync(socketPath, { throwIfNoEntry: false }), undefined);
});

test("the log: one line for each answer with its id; no query, header or body, so no secret", async () => {
  const secret = "cm_Zm9vYmFyc2VjcmV0";
  const args = ["serve", "--data", data, "--port", "0", "--log-requests", "--trusted-proxy", "127.0.0.1", "10.0.0.0/8"];
  const running = startServer(scope, args);
  const [, port = ""] = await written(running, /^http:\/\/127\.0\.0\.1:(\d+)\/$/m);
  const headers = {
    "x-forwarded-for": "203.0.113.9, 198.51.100.7, 10.1.2.3",
    "x-request-id": "from-the-proxy",
    authorization: `Bearer ${secret}`,
    cookie: secret,
    referer: `http://x/?token=${secret}`,
  };
  const found = await get(plainRequest, { port, path: `/nowhere/?token=${secret}`, headers });
  assert.deepEqual([found.status, found.id], [404, "from-the-proxy"]);
  const basic = Buffer.from(`__token__:${secret}`).toString("base64");
  const strange = { "x-request-id": 'a"b\nc'.replace("\n", " "), authorization: `Basic ${basic}` };
  const own = await get(plainRequest, { port, path: "/nowhere", headers: strange });
  assert.match(own.id ?? "", /^[0-9a-f]{12}-[0-9a-z]+$/);
  const { stderr } = await running.stop();
  const answered = linesOf(stderr).filter(({ msg }) => msg === "answered");
  assert.deepEqual(
    answered.map(({ id, client, path, status }) => ({ id, client, path, status })),
    [
      { id: "from-the-proxy", client: "198.51.100.7", path: "/nowhere/", status: 404 },
      { id: own.id, client: "127.0.0.1", path: "/nowhere", status: 404 },
    ],
  );
  for (const text of [secret, basic]) assert.ok(!stderr.includes(text), "a secret stands in the log");
});

test("without trusted proxies nothing that a stranger writes is believed", async () => {
  const running = startServer(scope, ["serve", "--data", data, "--port", "0", "--log-requests"]);
  const [, port = ""] = await written(running, /^http:\/\/127\.0\.0\.1:(\d+)\/$/m);
  await get(plainRequest, { port, path: "/", headers: { "x-forwarded-for": "203.0.113.9", "x-request-id": "mine" } });
  const { stderr } = await running.stop();
  const [line] = linesOf(stderr).filter(({ msg }) => msg === "answered");
  assert.deepEqual([line?.client, line?.id === "mine"], ["127.0.0.1", false]);
});

test("whose word about the client is taken", () => {
  const clientOf = (proxies: readonly string[], peer: string | undefined, header?: string): string =>
    new TrustedProxies(proxies).clientOf({
      socket: { remoteAddress: peer },
      headers: { "x-forwarded-for": header },
    } as never);
  assert.equal(clientOf(["10.0.0.0/8"], "10.0.0.1", "192.0.2.1"), "192.0.2.1");
  assert.equal(clientOf(["10.0.0.0/8"], "::ffff:10.0.0.1", "192.0.2.1"), "192.0.2.1");
  assert.equal(clientOf(["10.0.0.0/8"], "11.0.0.1", "192.0.2.1"), "11.0.0.1");
  assert.equal(clientOf(["unix"], undefined, "192.0.2.1"), "192.0.2.1");
  assert.equal(clientOf(["2001:db8::/32"], "2001:db8::1", "192.0.2.1, nonsense"), "2001:db8::1");
  assert.equal(clientOf(["::1"], "::1", "192.0.2.1,".repeat(1000)), "::1");
  for (const bad of ["", "10.0.0.0/33", "10.0.0.0/8/8", "example.org", "10.0.0.0/", "::1/129"]) {
    assert.throws(() => new TrustedProxies([bad]), TypeError, bad);
  }
});

function makeCertificate(name: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  const about = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert];
  execFileSync("openssl", [...args, ...about], { stdio: "pipe" });
  return { cert, key };
}

function nameShown(
  port: number,
  more: { maxVersion?: "TLSv1.1" | "TLSv1.2"; ciphers?: string } = {},
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", rejectUnauthorized: false, ...more };
    const socket = tlsConnect(more.maxVersion === "TLSv1.1" ? { minVersion: "TLSv1", ...options } : options, () => {
      resolve(socket.getPeerCertificate().subject.CN?.toString());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("TLS of its own: sane versions and ciphers, a renewed certificate at SIGHUP, a wrong one never", async () => {
  const [first, second] = [makeCertificate("first"), makeCertificate("second")];
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "cert.key")];
  const install = (from: { cert: string; key: string }): void => {
    copyFileSync(from.cert, cert);
    copyFileSync(from.key, key);
  };
  install(first);
  const args = ["serve", "--data", data, "--port", "0", "--tls-cert", cert, "--tls-key", key];
  const running = startServer(scope, args);
  const [, digits = ""] = await written(running, /^https:\/\/127\.0\.0\.1:(\d+)\/$/m);
  const port = Number(digits);
  const answer = await get(tlsRequest, { port, path: "/simple/", rejectUnauthorized: false } as RequestOptions);
  assert.equal(answer.status, 200);
  assert.equal(await nameShown(port), "first");
  await assert.rejects(nameShown(port, { maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }));
  await assert.rejects(nameShown(port, { maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }));
  assert.equal(await nameShown(port, { maxVersion: "TLSv1.2" }), "first");

  copyFileSync(second.cert, cert);
  process.kill(running.pid, "SIGHUP");
  await written(running, /the old one stays/);
  assert.equal(await nameShown(port), "first");
  install(second);
  process.kill(running.pid, "SIGHUP");
  await written(running, /certificate read anew/);
  assert.equal(await nameShown(port), "second");
  assert.equal((await running.stop()).code, 0);
  for (const [change, what] of [
    [() => copyFileSync(first.cert, cert), /is not the key of the certificate/],
    [() => chmodSync(key, 0o644), /is open to every user/],
    [() => copyFileSync(key, cert), /are not a certificate and its unencrypted key/],
  ] as const) {
    install(second);
    chmodSync(key, 0o600);
    change();
    const { code, stderr } = await server(...args, "--log-level", "silent");
    assert.deepEqual([code, stderr.startsWith("error[TLS_FILES]")], [65, true], stderr);
    assert.match(stderr, what);
  }
  const half = await server("serve", "--data", data, "--tls-cert", cert);
  assert.deepEqual([half.code, half.stderr.startsWith("error[USAGE]")], [64, true], half.stderr);
});

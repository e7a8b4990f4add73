import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { IndexApi } from "../../src/account/index-api.ts";
import { makeHostAuthority } from "../../src/gate/host-authority.ts";
import { ReadToken } from "../../src/network/read-token.ts";
import { trustAnchors, verifyingContext } from "../../src/network/trust-anchors.ts";
import { HttpSource } from "../../src/verify/fetch/http-source.ts";
import { refused } from "../fixture/visitor.ts";

const HOST = "index.example.org";
const LIMITS = { maxBytes: 100, timeoutMs: 2000 };

/** An index on https that is reached through a company's proxy alone, which knows its name and wants a password. */
async function openCompany(): Promise<
  AsyncDisposable & { proxy: string; ca: string; asked: string[]; authorized: (string | undefined)[] }
> {
  const authority = makeHostAuthority([HOST], Date.now());
  const { key, certificate } = authority.issue(HOST);
  const asked: string[] = [];
  const authorized: (string | undefined)[] = [];
  const index = createTlsServer({ key, cert: certificate }, (request, response) => {
    authorized.push(request.headers.authorization);
    response.end("signed");
  });
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
    authorized.push(request.headers.authorization);
    const inside = connect((index.address() as AddressInfo).port, "127.0.0.1");
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    inside
      .on("error", () => socket.destroy())
      .pipe(socket.on("error", () => inside.destroy()))
      .pipe(inside);
  });
  for (const server of [index, proxy]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...{ asked, authorized, ca: authority.certificate },
    proxy: `http://me:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const server of [index, proxy]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function withFile(text: string): Disposable & { path: string } {
  const folder = mkdtempSync(join(tmpdir(), "countermark-ca-"));
  const path = join(folder, "company.pem");
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test("an index on https is reached through the company's proxy, by an authority that the user named", async () => {
  await using company = await openCompany();
  using file = withFile(company.ca);
  const env = { HTTPS_PROXY: company.proxy };
  for (const [more, own] of [
    [{ NODE_EXTRA_CA_CERTS: file.path }, undefined],
    [{ SSL_CERT_FILE: file.path }, undefined],
    [{}, file.path],
  ] as const) {
    const source = new HttpSource(`https://${HOST}/`, { ...env, ...more }, () =>
      verifyingContext(own, { ...env, ...more }),
    );
    assert.equal(Buffer.from((await source.bytes("x", LIMITS)) ?? []).toString(), "signed");
    await source.close();
  }
  assert.deepEqual(company.asked, Array(3).fill(`${HOST}:443 Basic ${btoa("me:pass")}`));
});

test("what a developer sends goes to the index by the same authority, and to nobody else", async () => {
  await using company = await openCompany();
  using file = withFile(company.ca);
  const env = { HTTPS_PROXY: company.proxy };
  const settled = new IndexApi(
    `https://${HOST}/`,
    () => undefined,
    () => verifyingContext(file.path, {}),
    env,
  );
  assert.equal(Buffer.from(await settled.send({ method: "GET", path: "x" })).toString(), "signed");
  await settled.close();
  const unsettled = new IndexApi(
    `https://${HOST}/`,
    () => undefined,
    () => verifyingContext(undefined, {}),
    env,
  );
  await refused(unsettled.send({ method: "GET", path: "x" }), "INDEX_UNREACHABLE", /certificate/);
  await unsettled.close();
});

test("the read token of a private index goes to the index inside TLS, and not to the proxy", async () => {
  await using company = await openCompany();
  using file = withFile(company.ca);
  const url = `https://${HOST}/`;
  const token = new ReadToken(url, "cm_token");
  const trust = () => verifyingContext(file.path, {});
  const source = new HttpSource(url, { HTTPS_PROXY: company.proxy }, trust, () => token);
  await source.bytes("x", LIMITS);
  await source.close();
  assert.deepEqual(company.authorized, [undefined, "Bearer cm_token"]);
});

test("an index whose server nobody on this machine vouches for is not spoken to", async () => {
  await using company = await openCompany();
  const source = new HttpSource(`https://${HOST}/`, { HTTPS_PROXY: company.proxy }, () =>
    verifyingContext(undefined, {}),
  );
  await refused(source.bytes("x", LIMITS), "INDEX_UNREACHABLE", /certificate/);
  await source.close();
});

test("an authority that vouches for one host does not for the index", async () => {
  await using company = await openCompany();
  using file = withFile(makeHostAuthority(["other.example.org"], Date.now()).certificate);
  const source = new HttpSource(`https://${HOST}/`, { HTTPS_PROXY: company.proxy }, () =>
    verifyingContext(file.path, {}),
  );
  await refused(source.bytes("x", LIMITS), "INDEX_UNREACHABLE", /certificate/);
  await source.close();
});

test("the machine's own authorities stay, each once; a file that holds none is an error of the settings alone", async () => {
  const { certificate } = makeHostAuthority([HOST], Date.now());
  using file = withFile(`# ours\n${certificate}${certificate}`);
  const all = trustAnchors(file.path, { SSL_CERT_FILE: file.path });
  assert.ok(all.length > 10, "the system's");
  assert.equal(all.filter((pem) => pem.trim() === certificate.trim()).length, 1);
  using empty = withFile("nothing\n");
  await refused(
    Promise.resolve().then(() => trustAnchors(empty.path, {})),
    "CONFIG_INVALID",
    /holds no certificate/,
  );
  await refused(
    Promise.resolve().then(() => trustAnchors("/does/not/exist.pem", {})),
    "CONFIG_INVALID",
    /holds no certificate/,
  );
  assert.equal(trustAnchors(undefined, { SSL_CERT_FILE: "/does/not/exist.pem" }).length, all.length - 1);
});

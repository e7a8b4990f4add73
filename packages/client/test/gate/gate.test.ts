import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createSocketServer, type AddressInfo } from "node:net";
import { devNull } from "node:os";
import { test } from "node:test";
import { openGate } from "../fixture/gate.ts";
import { runProgram } from "../fixture/sandbox.ts";

/** A page that needs no index: the list of all projects is served to nobody. */
const PATH = "/simple/";
const ANSWERED = /^HTTP\/1\.1 404 Not Found[^]*the list of all projects/;
const HTTPS = "https://localhost:8443/";
const HTTP = "http://127.0.0.1:8080/";

const get = (target: string, host: string, more = "") => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

test("what is sent through the gate for an index on plain http is answered by the site, in either form", async () => {
  await using open = await openGate({ base: HTTP });
  const plain = get(`http://127.0.0.1:8080${PATH}`, "127.0.0.1:8080", open.credentials);
  assert.match(await open.say(plain), ANSWERED);
  assert.match(await open.sayInside("127.0.0.1:8080", get(PATH, "127.0.0.1:8080")), ANSWERED);
  assert.deepEqual(open.warnings(), []);
});

test("what is sent in a tunnel to an index on https is answered in TLS by the site", async () => {
  await using open = await openGate({ base: HTTPS });
  assert.match(await open.sayInside("localhost:8443", get(PATH, "localhost:8443"), "localhost"), ANSWERED);
  await using usual = await openGate({ base: "https://localhost/" });
  for (const host of ["localhost", "localhost:443"])
    assert.match(await usual.sayInside("LOCALHOST:443", get(PATH, host), "localhost"), ANSWERED);
  await using number = await openGate({ base: "https://127.0.0.1:8443/index/" });
  const inside = (path: string) => number.sayInside("127.0.0.1:8443", get(path, "127.0.0.1:8443"));
  assert.match(await inside("/index/simple/"), ANSWERED);
  assert.match(await inside("/simple/"), /^HTTP\/1\.1 404 Not Found[^]*not found/, "it is not the index's");
});

test("several indexes are each answered under their own address, and none under another's", async () => {
  const more = ["https://127.0.0.1:8443/", "http://127.0.0.1:8080/one/", "http://127.0.0.1:8080/one/two/"];
  await using open = await openGate({ base: HTTPS, more });
  assert.match(await open.sayInside("localhost:8443", get(PATH, "localhost:8443"), "localhost"), ANSWERED);
  assert.match(await open.sayInside("127.0.0.1:8443", get(PATH, "127.0.0.1:8443")), ANSWERED);
  for (const path of ["/one/simple/", "/one/two/simple/"]) {
    const plain = get(`http://127.0.0.1:8080${path}`, "127.0.0.1:8080", open.credentials);
    assert.match(await open.say(plain), ANSWERED, path);
  }
  const other = await open.sayInside("localhost:8443", get(PATH, "127.0.0.1:8443"), "localhost");
  assert.match(other, /^HTTP\/1\.1 421 /);
  assert.match(await open.say(get(`http://127.0.0.1:8443${PATH}`, "127.0.0.1:8443", open.credentials)), / 403 /);
  assert.deepEqual(open.warnings(), ["INDEX_BYPASSED"]);
});

test("without the run's secret nothing is done: another user of this machine cannot use the gate", async () => {
  await using open = await openGate({ base: HTTP, allow: ["127.0.0.1:1"] });
  const wrong = `Proxy-Authorization: Basic ${btoa("countermark:AAAAAAAAAAAAAAAAAAAAAA")}\r\n`;
  for (const credentials of [
    "",
    wrong,
    "Proxy-Authorization: Bearer x\r\n",
    open.credentials.replace("Basic", "basic x"),
  ]) {
    for (const request of [
      get(`http://127.0.0.1:8080${PATH}`, "127.0.0.1:8080", credentials),
      `CONNECT 127.0.0.1:8080 HTTP/1.1\r\nHost: x\r\n${credentials}\r\n`,
    ]) {
      const answer = await open.say(request);
      assert.match(answer, /^HTTP\/1\.1 407 /);
      assert.match(answer, /^proxy-authenticate: basic /im, "git asks without it first, and then again");
    }
  }
});

test("a web page gets nothing: it cannot ask in the form of a proxy's client, whatever it posts or rebinds", async () => {
  await using open = await openGate({
    base: HTTP,
    site: { uploads: { collect: () => assert.fail("a web page posted") } },
  });
  for (const host of [`127.0.0.1:${open.port}`, `attacker.example:${open.port}`, "127.0.0.1:8080"]) {
    for (const [method, path] of [
      ["GET", PATH],
      ["POST", "/legacy/"],
      ["OPTIONS", "*"],
    ] as const) {
      const answer = await open.say(
        `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: https://attacker.example\r\nContent-Length: 0\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 403 /);
      assert.doesNotMatch(answer, /proxy-authenticate|access-control/i);
    }
  }
});

for (const [title, authority] of [
  ["another host", "files.example.org:443"],
  ["another port of this machine", "127.0.0.1:9"],
  ["a name that begins like the index's", "localhost.example.org:8443"],
] as const) {
  test(`a tunnel to ${title} is refused and told`, async () => {
    await using open = await openGate({ base: HTTPS });
    assert.match(await open.sayInside(authority, ""), /^HTTP\/1\.1 403 countermark: .*is not the trusted index/);
    assert.deepEqual(open.warnings(), ["HOST_REFUSED"]);
  });
}

for (const [title, authority] of [
  ["by number", "127.0.0.1:8443"],
  ["by number in another spelling", "0x7f.1:8443"],
  ["by its IPv6 number", "[::1]:8443"],
  ["on another port", "localhost:443"],
] as const) {
  test(`a tunnel to the index ${title} goes past verification and is refused, even where that is allowed`, async () => {
    const allow = authority === "localhost:443" ? [] : ["127.0.0.1:8443", "[::1]:8443"];
    await using open = await openGate({ base: HTTPS, allow });
    const answer = await open.sayInside(authority, "");
    // Without IPv6 on this machine its number is nobody's: allowed, and not to be reached.
    if (authority.startsWith("[") && open.warnings().includes("HOST_UNREACHABLE")) return;
    assert.match(answer, /^HTTP\/1\.1 403 countermark: .*past verification/);
    assert.deepEqual(open.warnings(), ["INDEX_BYPASSED"]);
  });
}

test("plain requests to a port of the index that speaks TLS, or in another scheme, are refused", async () => {
  await using open = await openGate({ base: HTTPS });
  const ask = (target: string) => open.say(get(target, "localhost:8443", open.credentials));
  assert.match(await ask("http://localhost:8443/simple/"), /^HTTP\/1\.1 403 countermark: .*past verification/);
  for (const target of ["https://localhost:8443/simple/", "ftp://localhost:8443/", "http://user:pw@localhost:8443/"])
    assert.match(await ask(target), /^HTTP\/1\.1 400 /, target);
});

test("in the tunnel, another name or none is refused before anything is asked", async () => {
  await using open = await openGate({ base: HTTPS });
  for (const name of ["files.example.org", "127.0.0.1.example", undefined]) {
    const answer = await open.sayInside("localhost:8443", get(PATH, "localhost:8443"), name);
    assert.doesNotMatch(answer, /^HTTP/, name);
  }
  assert.deepEqual(open.warnings(), ["INDEX_BYPASSED", "INDEX_BYPASSED"]);
});

test("in the tunnel, a request for another host or in a proxy's form is refused, and its connection ends", async () => {
  await using open = await openGate({ base: HTTPS });
  const inside = (text: string) => open.sayInside("localhost:8443", text, "localhost");
  for (const host of ["files.example.org", "localhost", "127.0.0.1:8443", "localhost:8443@files.example.org"])
    assert.match(await inside(get(PATH, host)), /^HTTP\/1\.1 421 [^]*connection: close/i, host);
  assert.match(
    await inside(get("http://files.example.org/", "localhost:8443")),
    /^HTTP\/1\.1 400 [^]*connection: close/i,
  );
  assert.match(await inside(`GET ${PATH} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 400 /, "no host at all");
});

test("an address and a Host that differ are refused: one of them is meant for somebody else", async () => {
  await using open = await openGate({ base: HTTP, allow: ["files.example.org"] });
  const ask = (target: string, host: string) => open.say(get(target, host, open.credentials));
  assert.match(await ask(`http://127.0.0.1:8080${PATH}`, "files.example.org"), /^HTTP\/1\.1 400 /);
  assert.match(await ask("http://files.example.org/", "127.0.0.1:8080"), /^HTTP\/1\.1 400 /);
});

test("requests that two readers would take for different ones are refused whole (request smuggling)", async () => {
  await using open = await openGate({ base: HTTP });
  const head = `POST http://127.0.0.1:8080/legacy/ HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n${open.credentials}`;
  const hidden = get(`http://127.0.0.1:8080${PATH}`, "127.0.0.1:8080", open.credentials);
  const control = await open.say(
    `${head}Content-Length: 0\r\nConnection: keep-alive\r\n\r\n${hidden.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")}`,
  );
  assert.match(control, /^HTTP\/1\.1 400 countermark: upload/);
  for (const crooked of [
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Content-Length : 0\r\n\r\n${hidden}`,
    `${head}X: y\n\r\n${hidden}`,
    `${head}Content-Length: +0\r\n\r\n${hidden}`,
  ]) {
    const answer = await open.say(crooked);
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request/, crooked);
    assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1, "nothing that came after it was answered");
  }
});

/** A server that says what it was asked. */
async function openEcho(): Promise<AsyncDisposable & { port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    request.pipe(response.writeHead(200, { "x-asked": request.url ?? "", connection: "x-own", "x-own": "1" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...{ asked, port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("an allowed host is reached, in a tunnel and by plain requests that carry nothing of the gate", async () => {
  await using echo = await openEcho();
  const host = `127.0.0.1:${echo.port}`;
  await using open = await openGate({ base: "http://localhost:1/", allow: [host] });
  const request = `POST http://${host}/a?b HTTP/1.1\r\nHost: ${host}\r\n${open.credentials}Content-Length: 3\r\nX-Mine: 1\r\nConnection: x-mine\r\n\r\nabc`;
  const plain = await open.say(request);
  assert.match(plain, /^HTTP\/1\.1 200 [^]*x-asked: \/a\?b/i);
  assert.match(plain, /abc/);
  assert.doesNotMatch(plain, /x-own/i);
  for (const name of ["proxy-authorization", "x-mine"]) assert.equal(echo.asked[0]?.headers[name], undefined, name);
  assert.match(await open.sayInside(host, get("/inside", host)), /x-asked: \/inside/i);
  assert.match(await open.sayInside("127.0.0.1:2", ""), /^HTTP\/1\.1 403 /, "and no other port of it");
  assert.deepEqual(open.warnings(), ["HOST_REFUSED"]);
});

test("a user who observes reaches other hosts and is told of them, but the index never past verification", async () => {
  await using echo = await openEcho();
  const host = `127.0.0.1:${echo.port}`;
  await using open = await openGate({ base: "http://localhost:8443/", observing: true });
  assert.match(await open.sayInside(host, get("/inside", host)), /x-asked: \/inside/i);
  assert.match(await open.say(get(`http://${host}/plain`, host, open.credentials)), /x-asked: \/plain/i);
  assert.match(await open.sayInside("127.0.0.1:8443", ""), /^HTTP\/1\.1 403 /);
  assert.deepEqual(open.warnings(), ["HOST_REFUSED", "INDEX_BYPASSED"]);
});

test("an allowed host is reached through the company's proxy, with its password, and NO_PROXY is heeded", async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
    response.end("from the company");
  });
  proxy.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
    socket.end("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 tunnelled\r\nConnection: close\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const company = `http://me:p%40ss@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    const env = { HTTPS_PROXY: company, http_proxy: company, NO_PROXY: ".inside.example" };
    await using open = await openGate({
      base: "http://localhost:1/",
      allow: ["files.example.org", "a.inside.example"],
      env,
    });
    assert.match(await open.sayInside("files.example.org:443", "hello"), /^HTTP\/1\.1 200 tunnelled/);
    assert.match(
      await open.say(get("http://files.example.org/x", "files.example.org", open.credentials)),
      /from the company/,
    );
    const credentials = `Basic ${btoa("me:p@ss")}`;
    assert.deepEqual(asked, [
      `CONNECT files.example.org:443 ${credentials}`,
      `GET http://files.example.org/x ${credentials}`,
    ]);
    await open.sayInside("a.inside.example:443", "");
    assert.equal(asked.length, 2);
    assert.deepEqual(open.warnings(), ["HOST_UNREACHABLE"], "it was looked for without the proxy");
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test("a closed gate ends every connection: children that were left behind reach nothing any more", async () => {
  const server = createSocketServer((socket) => socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const open = await openGate({ base: HTTPS, allow: [`127.0.0.1:${port}`] });
  const waiting = [
    open.sayInside(`127.0.0.1:${port}`, "x"),
    open.sayInside("localhost:8443", "GET / HTTP/1.1\r\n", "localhost"),
    open.say("GET "),
  ];
  await new Promise<void>((resolve) => server.once("connection", () => setImmediate(resolve)));
  await open.gate.close();
  for (const answer of await Promise.all(waiting)) assert.doesNotMatch(answer, /nothing more/);
  assert.match(await open.say("GET "), /ECONNREFUSED/);
  server.close();
});

test("a tool that does not believe the gate's certificate is told of, with what to do", async () => {
  await using open = await openGate({ base: HTTPS });
  // Python, for it says why it hangs up (RFC 8446, 6.2), as pip and uv do; Node does not.
  const script =
    "import urllib.request as r\ntry: r.urlopen('https://localhost:8443/simple/')\nexcept OSError as e: print(e)";
  const env = { PATH: process.env["PATH"], https_proxy: open.gate.url, SSL_CERT_FILE: devNull };
  const { stdout } = await runProgram("python3", ["-c", script], env);
  assert.match(stdout, /certificate verify failed/);
  assert.deepEqual(open.warnings(), ["GATE_DISTRUSTED"]);
});

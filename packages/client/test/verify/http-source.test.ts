import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { HttpSource } from "../../src/verify/fetch/http-source.ts";
import { limitsFor } from "../../src/verify/fetch/limits.ts";
import { refused } from "../fixture/visitor.ts";

const LIMITS = { maxBytes: 1000, timeoutMs: 5000 };

/** A server that answers as told, and a source of its files. */
async function openSource(answer: RequestListener): Promise<AsyncDisposable & { source: HttpSource; url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const source = new HttpSource(url, {});
  return {
    source,
    url,
    async [Symbol.asyncDispose]() {
      await source.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a file comes whole; one that is not there is no error", async () => {
  await using open = await openSource((request, response) => {
    response.writeHead(request.url === "/a" ? 200 : 404).end("text");
  });
  assert.equal(Buffer.from((await open.source.bytes("a", LIMITS)) ?? []).toString(), "text");
  assert.equal(await open.source.bytes("b", LIMITS), undefined);
});

test("endless data ends at the limit, announced or not", async () => {
  await using endless = await openSource((_request, response) => {
    const chunk = Buffer.alloc(400);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  });
  await refused(endless.source.bytes("a", LIMITS), "INDEX_OVERSIZED", /larger than the 1000 bytes/);
  await using announced = await openSource((_request, response) => {
    response.writeHead(200, { "content-length": 1001 }).flushHeaders();
  });
  await refused(announced.source.bytes("a", LIMITS), "INDEX_OVERSIZED", /larger than the 1000 bytes/);
});

test("data that drips in without end is an outage when the file's time is over", async () => {
  await using open = await openSource((_request, response) => {
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => {
      clearInterval(timer);
    });
  });
  await refused(open.source.bytes("a", { maxBytes: 1000, timeoutMs: 300 }), "INDEX_UNREACHABLE", /longer than 0\.3 s/);
});

test("an index that takes the request and says nothing is an outage when the file's time is over", async () => {
  await using open = await openSource(() => undefined);
  await refused(open.source.bytes("a", { maxBytes: 1000, timeoutMs: 300 }), "INDEX_UNREACHABLE", /longer than 0\.3 s/);
});

test("a compression bomb ends at the limit", async () => {
  await using open = await openSource((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(100_000)));
  });
  await refused(open.source.bytes("a", { ...LIMITS, gzip: true }), "INDEX_OVERSIZED", /larger than the 1000 bytes/);
});

test("gzip is taken where it was asked for, and refused where it was not, is broken, or is something else", async () => {
  const answers = new Map<string, { encoding: string; body: Buffer }>([
    ["/good", { encoding: "gzip", body: gzipSync("text") }],
    ["/broken", { encoding: "gzip", body: Buffer.from("no gzip at all") }],
    ["/other", { encoding: "br", body: Buffer.from("x") }],
  ]);
  await using open = await openSource((request, response) => {
    const { encoding, body } = answers.get(request.url ?? "") ?? assert.fail();
    response.writeHead(200, { "content-encoding": encoding }).end(body);
  });
  const gzip = { ...LIMITS, gzip: true };
  assert.equal(Buffer.from((await open.source.bytes("good", gzip)) ?? []).toString(), "text");
  await refused(open.source.bytes("good", LIMITS), "INDEX_ANSWER", /encoding that was not asked for/);
  await refused(open.source.bytes("broken", gzip), "INDEX_ANSWER", /not the gzip/);
  await refused(open.source.bytes("other", gzip), "INDEX_ANSWER", /encoding that was not asked for/);
});

test("no redirect is followed, to another host or to this one", async () => {
  let others = 0;
  await using other = await openSource((_request, response) => {
    others += 1;
    response.end("taken in");
  });
  await using open = await openSource((request, response) => {
    const location = request.url === "/away" ? `${other.url}x` : "/here";
    response.writeHead(302, { location }).end();
  });
  await refused(open.source.bytes("away", LIMITS), "INDEX_ANSWER", /redirected \(302\)/);
  await refused(open.source.bytes("near", LIMITS), "INDEX_ANSWER", /redirected \(302\)/);
  assert.equal(others, 0);
});

test("an outage is tried again, and a wrong answer is not", async () => {
  const asked: string[] = [];
  await using open = await openSource((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/wrong") response.writeHead(418).end();
    else if (asked.filter((url) => url === request.url).length < 3) response.writeHead(503).end();
    else response.end("at last");
  });
  assert.equal(Buffer.from((await open.source.bytes("busy", LIMITS)) ?? []).toString(), "at last");
  await refused(open.source.bytes("wrong", LIMITS), "INDEX_ANSWER", /answered with 418/);
  assert.deepEqual(asked, ["/busy", "/busy", "/busy", "/wrong"]);
});

test("a file that is cut short is an outage, not a short file", async () => {
  await using open = await openSource((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("half");
    setImmediate(() => response.destroy());
  });
  await refused(open.source.bytes("a", LIMITS), "INDEX_UNREACHABLE", /cannot fetch/);
});

test("nobody at the address is an outage", async () => {
  const gone = await openSource(() => undefined);
  await gone[Symbol.asyncDispose]();
  const source = new HttpSource(gone.url, {});
  await refused(source.bytes("a", LIMITS), "INDEX_UNREACHABLE", /cannot fetch .*ECONNREFUSED/);
  await source.close();
});

test("a kept connection that the index closes meanwhile is no outage", async () => {
  let connections = 0;
  const server = createTcpServer((socket) => {
    const isFirst = ++connections === 1;
    let asked = 0;
    socket
      .on("error", () => undefined)
      .resume()
      .on("data", () => {
        if (isFirst && ++asked === 2) socket.destroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntext");
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source = new HttpSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {});
  for (const path of ["a", "b"]) {
    assert.equal(Buffer.from((await source.bytes(path, LIMITS)) ?? []).toString(), "text");
  }
  assert.equal(connections, 2);
  await source.close();
  await new Promise((resolve) => server.close(resolve));
});

test("an index whose first word is no answer to a GET is an outage", async () => {
  const server = createTcpServer((socket) => {
    socket
      .on("error", () => undefined)
      .resume()
      .end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source = new HttpSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {});
  await refused(source.bytes("a", LIMITS), "INDEX_UNREACHABLE", /cannot fetch/);
  await source.close();
  await new Promise((resolve) => server.close(resolve));
});

test("a proxy that the environment names is asked for other hosts, and never for this machine", async () => {
  const asked: string[] = [];
  await using proxy = await openSource((request, response) => {
    asked.push(request.url ?? "");
    response.end("by proxy");
  });
  await using open = await openSource((_request, response) => response.end("itself"));
  const env = { http_proxy: proxy.url };
  const [away, near] = [new HttpSource("http://index.example.org/x/", env), new HttpSource(open.url, env)];
  assert.equal(Buffer.from((await away.bytes("a", LIMITS)) ?? []).toString(), "by proxy");
  assert.equal(Buffer.from((await near.bytes("a", LIMITS)) ?? []).toString(), "itself");
  assert.deepEqual(asked, ["http://index.example.org/x/a"]);
  await Promise.all([away.close(), near.close()]);
});

test("a source that is closed ends what is on its way", async () => {
  await using open = await openSource(() => undefined);
  const waiting = refused(
    open.source.bytes("a", { maxBytes: 1, timeoutMs: 60_000 }),
    "INDEX_UNREACHABLE",
    /cannot fetch/,
  );
  await open.source.close();
  await waiting;
});

test("a consumer's own failure is told as it is and not tried again", async () => {
  let asked = 0;
  await using open = await openSource((_request, response) => {
    asked += 1;
    response.end("text");
  });
  const failure = new Error("disk");
  await assert.rejects(
    open.source.read("a", LIMITS, () => Promise.reject(failure)),
    failure,
  );
  assert.equal(asked, 1);
});

test("the larger a file may be, the longer it may take", () => {
  assert.ok(limitsFor(1).timeoutMs >= 30_000);
  assert.ok(limitsFor(1 << 30).timeoutMs > limitsFor(1 << 20).timeoutMs);
});

import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EgressGuard } from "../../src/agent/egress-guard.ts";

async function openGuard(): Promise<AsyncDisposable & { guard: EgressGuard; port: number }> {
  const guard = await EgressGuard.start();
  return { guard, port: Number(new URL(guard.url).port), [Symbol.asyncDispose]: () => guard.stop() };
}

/** The first line that the guard answers to a raw request. */
async function say(port: number, text: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (part) => (answer += part.toString()));
    socket.on("end", () => {
      resolve(answer.split("\r\n")[0] ?? "");
    });
    socket.on("error", reject);
  });
}

test("a tunnel is refused with a reason, and its destination is kept with how often", async () => {
  await using open = await openGuard();
  for (let time = 0; time < 2; time += 1) {
    const line = await say(open.port, "CONNECT files.example.org:443 HTTP/1.1\r\nHost: files.example.org:443\r\n\r\n");
    assert.equal(line, "HTTP/1.1 403 countermark: only the trusted index may be asked");
  }
  assert.deepEqual([...open.guard.refused], [["files.example.org:443", 2]]);
});

test("a plain request through the proxy is refused, too", async () => {
  await using open = await openGuard();
  const status = await new Promise((resolve, reject) => {
    request({ port: open.port, host: "127.0.0.1", path: "http://other.example/simple/" }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  assert.equal(status, 403);
  assert.deepEqual([...open.guard.refused], [["other.example", 1]]);
});

test("destinations are safe to print, and no more than so many are kept", async () => {
  await using open = await openGuard();
  for (let number = 0; number < 120; number += 1) {
    await say(open.port, `CONNECT host-${number}.example:443 HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  assert.equal(open.guard.refused.size, 100);
  await say(open.port, `CONNECT ${"a".repeat(1000)}:443 HTTP/1.1\r\nHost: x\r\n\r\n`);
  for (const name of open.guard.refused.keys()) assert.ok(name.length <= 260);
});

test("a tunnel that its client holds open is closed from this side, and does not keep the guard from stopping", async () => {
  const guard = await EgressGuard.start();
  const port = Number(new URL(guard.url).port);
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.resume();
  try {
    await new Promise<void>((resolve) => {
      socket.once("end", resolve);
      socket.write("CONNECT files.example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    });
    const stopped = guard.stop().then(() => "stopped");
    const patience = sleep(5000, "still open", { ref: false });
    assert.equal(await Promise.race([stopped, patience]), "stopped");
  } finally {
    socket.destroy();
  }
});

test("a tunnel that is never read from does not keep the guard from stopping", async () => {
  const guard = await EgressGuard.start();
  const socket = connect({ port: Number(new URL(guard.url).port), host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.pause();
  try {
    socket.write("CONNECT files.example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    while (guard.refused.size === 0) await sleep(5);
    assert.equal(
      await Promise.race([guard.stop().then(() => "stopped"), sleep(5000, "still open", { ref: false })]),
      "stopped",
    );
  } finally {
    socket.destroy();
  }
});

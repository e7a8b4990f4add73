import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { AgentAddress } from "@countermark/identity";
import { sshUint32 } from "../../src/ssh/writer.ts";
import { folder, run } from "./commands.ts";

const START_TIMEOUT_MS = 20_000;

/** A real ssh-agent of its own, ended with the test. It loads providers from anywhere. */
export async function realAgent(t: TestContext): Promise<AgentAddress> {
  const path = join(folder(t), "agent");
  const agent = spawn("ssh-agent", ["-D", "-a", path, "-P", "/*"], { stdio: "ignore" });
  t.after(async () => {
    const ended = once(agent, "exit");
    agent.kill();
    await ended;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(path))) {
    if (Date.now() > deadline || agent.exitCode !== null) throw new Error("ssh-agent does not start");
    await wait(20);
  }
  return { path };
}

/** Whether somebody listens there: a socket's file appears a moment before that. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** ssh-add on an agent. */
export function sshAdd({ path }: AgentAddress, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  run("ssh-add", ["-q", ...args], { SSH_AUTH_SOCK: path, ...env });
}

/** An agent that answers every message with the same bytes, and then hangs up unless it is to keep silent. */
export async function fakeAgent(t: TestContext, answer: Uint8Array, then: "hangs up" | "keeps silent" = "hangs up") {
  const path = join(folder(t), "agent");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      if (then === "hangs up") socket.end(answer);
      else socket.write(answer);
    });
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => server.close());
  return { path, timeoutMs: 2000 } satisfies AgentAddress;
}

/** A message as it goes over the wire. */
export function framed(...parts: readonly Uint8Array[]): Buffer {
  const message = Buffer.concat(parts);
  return Buffer.concat([sshUint32(message.length), message]);
}

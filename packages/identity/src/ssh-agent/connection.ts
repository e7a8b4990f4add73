import { connect, type Socket } from "node:net";
import { IdentityError } from "../errors.ts";
import { malformed } from "../ssh/reader.ts";
import { sshUint32 } from "../ssh/writer.ts";
import { MAX_MESSAGE_BYTES } from "./protocol.ts";

/** Where an agent listens. */
export interface AgentAddress {
  /** A socket, or on Windows a named pipe. */
  readonly path: string;
  /** How long it may take to answer. The person may have to find the key and touch it. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const WINDOWS_PIPE = "\\\\.\\pipe\\openssh-ssh-agent";
const LENGTH_BYTES = 4;

/** The agent that the environment names in SSH_AUTH_SOCK; on Windows, OpenSSH's. Throws `IDENTITY_AGENT`. */
export function agentOf(environment: Readonly<Record<string, string | undefined>>): AgentAddress {
  const path = environment["SSH_AUTH_SOCK"] ?? (process.platform === "win32" ? WINDOWS_PIPE : "");
  if (path !== "") return { path };
  throw new IdentityError("IDENTITY_AGENT", "there is no ssh-agent: SSH_AUTH_SOCK is not set", {
    hint: 'eval "$(ssh-agent)" starts one',
  });
}

/**
 * Sends one message on a connection of its own and returns the one answer. Throws `IDENTITY_AGENT` where the agent cannot
 * be reached or takes too long, `IDENTITY_SSH` for an answer that is too long or goes on.
 */
export async function askAgent({ path, timeoutMs }: AgentAddress, message: Uint8Array): Promise<Buffer> {
  const socket = connect({ path });
  const signal = AbortSignal.timeout(timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => giveUp(unreachable("takes too long to answer")), { once: true });
  try {
    socket.write(Buffer.concat([sshUint32(message.length), message]));
    return await Promise.race([readAnswer(socket), given]);
  } catch (cause) {
    if (cause instanceof IdentityError) throw cause;
    throw unreachable("cannot be reached", cause);
  } finally {
    socket.destroy();
  }
}

async function readAnswer(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    const answer = wholeAnswer(received);
    if (answer !== undefined) return answer;
  }
  throw unreachable("hung up without an answer");
}

/** Length and content, once both are there. */
function wholeAnswer(received: Buffer): Buffer | undefined {
  if (received.length < LENGTH_BYTES) return undefined;
  const length = received.readUInt32BE();
  if (length > MAX_MESSAGE_BYTES) throw malformed(`announces an answer of ${length} bytes`);
  const answer = received.subarray(LENGTH_BYTES);
  if (answer.length > length) throw malformed("goes on after the answer");
  return answer.length === length ? answer : undefined;
}

function unreachable(what: string, cause?: unknown): IdentityError {
  return new IdentityError("IDENTITY_AGENT", `the ssh-agent ${what}`, { cause });
}

import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { PublicKey, Signer } from "@countermark/tuf";
import { ServerError } from "../errors.ts";

/** How long one signature may take. */
const PATIENCE_MS = 30_000;
/** Longest line of an answer, in characters. */
const MAX_LINE = 4096;
const SIGNATURE = /^(?:[0-9a-f]{2}){1,1024}$/;

type Child = ChildProcessByStdio<Writable, Readable, null>;

interface Waiting {
  readonly id: number;
  readonly done: PromiseWithResolvers<Uint8Array>;
}

/**
 * A key that another program holds: a token, a vault, a process of another user. It is started when the first signature
 * is asked for and lives as long as this process. One line of JSON asks, one answers (docs/operate/signers.md). It is
 * believed nothing: whoever signs checks the signature against the public key. After any failure it is ended, and
 * started anew for the next signature.
 */
export class ProcessSigner implements Signer {
  readonly publicKey: PublicKey;
  readonly #role: string;
  readonly #command: readonly string[];
  #child: Child | undefined;
  #waiting: Waiting | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** `command`: program and arguments; no shell reads it. */
  constructor(role: string, publicKey: PublicKey, command: readonly string[]) {
    this.#role = role;
    this.publicKey = publicKey;
    this.#command = command;
  }

  /** @throws ServerError `SIGNER` */
  sign(message: Uint8Array): Promise<Uint8Array> {
    const turn = this.#queue.then(() => this.#ask(message));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #ask(message: Uint8Array): Promise<Uint8Array> {
    const child = (this.#child ??= this.#start());
    const waiting: Waiting = { id: (this.#count += 1), done: Promise.withResolvers() };
    this.#waiting = waiting;
    const timer = setTimeout(() => {
      this.#fail(child, `gave no answer within ${PATIENCE_MS / 1000} seconds`);
    }, PATIENCE_MS);
    const { keyId, scheme } = this.publicKey;
    const request = {
      ...{ id: waiting.id, role: this.#role, keyid: keyId, scheme },
      message: Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString("base64"),
    };
    child.ref();
    child.stdin.write(`${JSON.stringify(request)}\n`);
    try {
      return await waiting.done.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
      // Idle, it keeps no command from ending; it ends itself when its input does.
      child.unref();
    }
  }

  #start(): Child {
    const [program = "", ...args] = this.#command;
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { PATH: process.env["PATH"] ?? "" },
    });
    child.once("error", (error) => {
      this.#fail(child, `cannot be started: ${error.message}`);
    });
    child.once("exit", (code, signal) => {
      this.#fail(child, `ended (${signal ?? `exit code ${String(code)}`})`);
    });
    child.stdin.on("error", () => undefined);
    let line = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      line += text;
      for (let end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
        this.#answer(child, line.slice(0, end));
        line = line.slice(end + 1);
      }
      if (line.length > MAX_LINE) this.#fail(child, "wrote a line without end");
    });
    for (const pipe of [child.stdin, child.stdout]) if ("unref" in pipe) (pipe as { unref(): void }).unref();
    return child;
  }

  #answer(child: Child, line: string): void {
    const waiting = this.#waiting;
    const { id, signature, error } = answerOf(line);
    if (waiting === undefined || id !== waiting.id) this.#fail(child, "answered what it was not asked");
    else if (typeof signature === "string" && SIGNATURE.test(signature)) {
      waiting.done.resolve(Buffer.from(signature, "hex"));
    } else this.#fail(child, typeof error === "string" ? `refused: ${oneLine(error)}` : "gave no signature");
  }

  #fail(child: Child, what: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    child.kill("SIGKILL");
    const error = new ServerError("SIGNER", `the program that holds the key of ${this.#role} ${what}`, {
      hint: `see what '${this.#command[0] ?? ""}' says; nothing was signed`,
    });
    this.#waiting?.done.reject(error);
  }
}

function answerOf(line: string): { readonly id?: unknown; readonly signature?: unknown; readonly error?: unknown } {
  try {
    const value: unknown = line.length > MAX_LINE ? undefined : JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200);
}

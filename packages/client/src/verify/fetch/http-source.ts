import { pipeline, type Readable } from "node:stream";
import type { SecureContext } from "node:tls";
import { createGunzip } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { ClientError } from "../../errors.ts";
import { isChallenge, tokenNeeded, type ReadToken } from "../../network/read-token.ts";
import { VERSION } from "../../version.ts";
import { connect, type Answer, type Connections } from "./connections.ts";
import type { FetchLimits } from "./limits.ts";

/** Tries for one file when the index is out; not when it answers with something wrong. */
const MAX_TRIES = 3;
/** Wait before the second try, in milliseconds; each further wait is four times the one before. */
const FIRST_BACKOFF_MS = 250;
const BACKOFF_FACTOR = 4;
/** Bytes of an answer that is not wanted and yet read. */
const SHORT = 16 * 1024;
/** Answers that stand for "there is no such file": object stores say 403 for it, without a challenge. */
const MISSING: ReadonlySet<number> = new Set([403, 404, 410]);
/** Answers by which a server says that it cannot at present. */
const OUTAGE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Bytes of a file as they come in: decoded, counted, and in time, or an error. */
export type Chunks = AsyncIterable<Uint8Array>;

/** How a file is asked for. */
export interface FetchOptions extends FetchLimits {
  /** Whether the answer may be compressed on the way. Never for distributions. */
  readonly gzip?: boolean;
}

/**
 * Files below one base URL, fetched within limits. Believes nothing: follows no redirect, so that nothing is ever asked
 * of another host than the one that the user named, takes no more bytes and no more time than it was told, and tells an
 * index that is out (tried again) from one that answers wrongly (not tried again).
 */
export class HttpSource {
  readonly #base: URL;
  readonly #connect: () => Promise<Connections>;
  readonly #token: () => ReadToken | undefined;
  #connections: Promise<Connections> | undefined;

  /**
   * @param base ends in a slash
   * @param trust who vouches for the servers of an index on https; this machine's authorities if left out
   * @param token with what a private index is read; looked for at each request, for it may be replaced meanwhile
   */
  constructor(
    base: string,
    env: NodeJS.ProcessEnv = process.env,
    trust?: () => SecureContext,
    token: () => ReadToken | undefined = () => undefined,
  ) {
    this.#base = new URL(base);
    this.#token = token;
    this.#connect = () => connect(this.#base, env, trust);
  }

  /** The file at `path` below the base, or `undefined` when the index has none. */
  async bytes(path: string, options: FetchOptions): Promise<Uint8Array | undefined> {
    return await this.read(path, options, async (chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      return Buffer.concat(parts);
    });
  }

  /**
   * Gives the file at `path` to `consume`, once for each try; `undefined` when the index has none.
   * @throws ClientError `INDEX_UNREACHABLE`, `INDEX_ANSWER`, `INDEX_OVERSIZED`, `TOKEN_NEEDED`, `TOKEN_UNSAFE`, and
   *   whatever `consume` throws
   */
  async read<T>(path: string, options: FetchOptions, consume: (chunks: Chunks) => Promise<T>): Promise<T | undefined> {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    for (let attempt = 1, backoff = FIRST_BACKOFF_MS; ; attempt += 1, backoff *= BACKOFF_FACTOR) {
      try {
        return await this.#once(path, options, deadline, consume);
      } catch (error) {
        if (!isOutage(error) || deadline.aborted || attempt === MAX_TRIES) throw error;
      }
      await sleep(backoff, undefined, { signal: deadline }).catch(() => {
        throw this.#unreachable(path, `took longer than ${options.timeoutMs / 1000} s`);
      });
    }
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    const connections = await this.#connections?.catch(() => undefined);
    await connections?.close();
  }

  async #once<T>(
    path: string,
    options: FetchOptions,
    deadline: AbortSignal,
    consume: (chunks: Chunks) => Promise<T>,
  ): Promise<T | undefined> {
    const answer = await this.#ask(path, options, deadline);
    const { status, headers, body } = answer;
    // What is not read must be thrown away, or it would hold the connection; a late failure of it concerns nobody.
    const drop = () => body.on("error", () => undefined).destroy();
    if (status !== 200) {
      // A short body is read to its end instead, so that the connection can be used again.
      if (Number(headers["content-length"] ?? Infinity) <= SHORT) body.on("error", () => undefined).resume();
      else drop();
      if (isChallenge(answer)) throw tokenNeeded(this.#base.href, path, status, this.#token() !== undefined);
      if (MISSING.has(status)) return undefined;
      throw this.#wrongStatus(path, status);
    }
    const announced = Number(headers["content-length"] ?? 0);
    if (announced > options.maxBytes) {
      drop();
      throw this.#oversized(path, options.maxBytes);
    }
    const encoding = headers["content-encoding"] ?? "identity";
    if (encoding !== "identity" && !(encoding === "gzip" && options.gzip === true)) {
      drop();
      throw this.#answer(path, "came in an encoding that was not asked for");
    }
    return await consume(this.#chunks(path, options, deadline, body, encoding === "gzip"));
  }

  async #ask(path: string, options: FetchOptions, deadline: AbortSignal): Promise<Answer> {
    const url = new URL(path, this.#base);
    const headers = {
      ...this.#token()?.headersFor(url),
      "user-agent": `countermark/${VERSION}`,
      "accept-encoding": options.gzip === true ? "gzip" : "identity",
    };
    this.#connections ??= this.#connect();
    const connections = await this.#connections;
    try {
      return await connections.get(url, headers, deadline);
    } catch (cause) {
      throw this.#outage(path, options, deadline, cause);
    }
  }

  async *#chunks(
    path: string,
    options: FetchOptions,
    deadline: AbortSignal,
    body: Readable,
    gzip: boolean,
  ): AsyncGenerator<Uint8Array> {
    const bounded = this.#bounded(path, options.maxBytes, body);
    const decoded = gzip ? pipeline(bounded, createGunzip(), () => undefined) : bounded;
    try {
      yield* this.#bounded(path, options.maxBytes, decoded);
    } catch (cause) {
      if (cause instanceof ClientError) throw cause;
      if (gzip && isZlibError(cause)) throw this.#answer(path, "is not the gzip that it claims to be");
      throw this.#outage(path, options, deadline, cause);
    }
  }

  async *#bounded(path: string, maxBytes: number, chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of chunks as Chunks) {
      size += chunk.length;
      if (size > maxBytes) throw this.#oversized(path, maxBytes);
      yield chunk;
    }
  }

  #outage(path: string, options: FetchOptions, deadline: AbortSignal, cause: unknown): ClientError {
    if (deadline.aborted) return this.#unreachable(path, `took longer than ${options.timeoutMs / 1000} s`, cause);
    const why = cause instanceof Error ? reason(cause) : "failed";
    return this.#unreachable(path, why, cause);
  }

  #wrongStatus(path: string, status: number): ClientError {
    if (OUTAGE.has(status)) return this.#unreachable(path, `the index answered ${status}`);
    if (status >= 300 && status < 400) return this.#answer(path, `is redirected (${status}), which is not followed`);
    return this.#answer(path, `was answered with ${status}`);
  }

  #unreachable(path: string, why: string, cause?: unknown): ClientError {
    return new ClientError("INDEX_UNREACHABLE", `cannot fetch ${this.#base.href}${path}: ${why}`, {
      hint: "is the index running, and is its address right? Nothing was installed from anywhere else instead",
      cause,
    });
  }

  #answer(path: string, what: string): ClientError {
    return new ClientError("INDEX_ANSWER", `${this.#base.href}${path} ${what}`, {
      hint: "something between you and the index answers in its place, or the address is not the index's own",
    });
  }

  #oversized(path: string, maxBytes: number): ClientError {
    return new ClientError(
      "INDEX_OVERSIZED",
      `${this.#base.href}${path} is larger than the ${maxBytes} bytes it may have`,
      {
        hint: "the index or something between you and it is misbehaving; nothing of the file was kept",
      },
    );
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof ClientError && error.code === "INDEX_UNREACHABLE";
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

/** One line that says what the network said: several addresses of one host fail together, without a message of their own. */
function reason(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  const message = inner instanceof Error ? inner.message : error.message;
  return message.split("\n")[0]?.trim() ?? "failed";
}

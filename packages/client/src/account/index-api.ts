import { decodeProblem, PROBLEM_TYPE, RepositoryError } from "@countermark/repository";
import { Readable } from "node:stream";
import type { SecureContext } from "node:tls";
import { request, type Dispatcher } from "undici";
import { ClientError } from "../errors.ts";
import { isChallenge, tokenNeeded, type ReadToken } from "../network/read-token.ts";
import { printable } from "../printable.ts";
import { makeDispatcher } from "../verify/fetch/dispatcher.ts";
import { VERSION } from "../version.ts";
import { IndexRefusal } from "./index-refusal.ts";

/** Largest answer that is read: a conflict carries both of a project's roles. */
const MAX_ANSWER_BYTES = 48 * 1024 * 1024;
/** Longest wait for an answer; the index checks archives from end to end and publishes before it answers. */
const ANSWER_TIMEOUT_MS = 120_000;
/** Longest that one request may take with its body: a large file on a slow line. */
const REQUEST_TIMEOUT_MS = 60 * 60_000;

/** What is sent. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base URL: one of `apiPaths`. */
  readonly path: string;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Length of a body that comes in pieces. */
  readonly length?: number;
  /** `application/json` by default. */
  readonly type?: string;
}

/**
 * The API of one index (docs/spec/publishing.md). Answers are bounded bytes that nobody has believed yet; redirects are
 * never followed, and the session is sent to the index's own address alone.
 */
export class IndexApi {
  readonly #base: URL;
  readonly #dispatcher: Dispatcher;
  readonly #token: () => ReadToken | undefined;
  #session: string | undefined;

  /**
   * @param base the index's base URL, ends in a slash
   * @param token with what a private index is read while nobody is signed in
   * @param trust who vouches for servers, read when it is needed
   */
  constructor(
    base: string,
    token: () => ReadToken | undefined,
    trust: () => SecureContext,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.#base = new URL(base);
    this.#token = token;
    this.#dispatcher = makeDispatcher(this.#base, env, trust);
  }

  /** The bearer secret that is sent from now on. */
  useSession(session: string): void {
    this.#session = session;
  }

  /**
   * Sends a request and returns the answer's body.
   * @throws ClientError `INDEX_UNREACHABLE`, `INDEX_ANSWER`, `INDEX_OVERSIZED`, `TOKEN_NEEDED`; IndexRefusal with the index's
   *   own code
   */
  async send(asked: ApiRequest): Promise<Uint8Array> {
    const { statusCode, headers, body } = await this.#ask(asked);
    const bytes = await this.#read(asked, body);
    if (statusCode >= 200 && statusCode < 300) return bytes;
    const type = String(headers["content-type"] ?? "");
    if (!type.startsWith(PROBLEM_TYPE) && isChallenge({ status: statusCode, headers })) {
      throw tokenNeeded(this.#base.href, asked.path, statusCode, this.#token() !== undefined);
    }
    throw this.#refusal(asked, statusCode, type, bytes);
  }

  /** As {@link send}, but `undefined` where there is no such thing. */
  async find(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.send({ method: "GET", path });
    } catch (error) {
      if (error instanceof IndexRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    this.#session = undefined;
    await this.#dispatcher.destroy();
  }

  async #ask({ method, path, body, length, type = "application/json" }: ApiRequest): Promise<Dispatcher.ResponseData> {
    const url = new URL(path, this.#base);
    const session = this.#session;
    const authorization =
      session === undefined ? this.#token()?.headersFor(url) : { authorization: `Bearer ${session}` };
    try {
      return await request(url, {
        method,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
        headers: {
          "user-agent": `countermark/${VERSION}`,
          accept: "application/json",
          ...(body !== undefined && { "content-type": type }),
          ...(length !== undefined && { "content-length": String(length) }),
          ...authorization,
        },
        ...(body !== undefined && { body: body instanceof Uint8Array ? body : Readable.from(body) }),
      });
    } catch (cause) {
      throw this.#unreachable(path, cause);
    }
  }

  async #read({ path }: ApiRequest, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of body) {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) throw this.#answer("INDEX_OVERSIZED", path, "is answered with too much");
        parts.push(part);
      }
    } catch (cause) {
      throw cause instanceof ClientError ? cause : this.#unreachable(path, cause);
    }
    return Buffer.concat(parts);
  }

  #refusal(asked: ApiRequest, status: number, type: string, body: Uint8Array): Error {
    if (type.startsWith(PROBLEM_TYPE)) {
      try {
        const { code, detail, hint } = decodeProblem(body);
        return new IndexRefusal({
          status,
          code,
          detail: printable(detail),
          ...(hint && { hint: printable(hint) }),
          body,
        });
      } catch (error) {
        if (!(error instanceof RepositoryError)) throw error;
      }
    }
    if (status === 404)
      return new IndexRefusal({ status, code: "NOT_FOUND", detail: `${asked.path} is not there`, body });
    if (status >= 500) return this.#unreachable(asked.path, new Error(`the index answered ${status}`));
    return this.#answer("INDEX_ANSWER", asked.path, `was answered with ${status}`);
  }

  #unreachable(path: string, cause: unknown): ClientError {
    const why = cause instanceof Error ? printable(cause.message.split("\n")[0] ?? "failed") : "failed";
    return new ClientError("INDEX_UNREACHABLE", `cannot ask ${this.#base.href}${path}: ${why}`, {
      hint: "is the index running, and is its address right? What was not confirmed was not published",
      cause,
    });
  }

  #answer(code: "INDEX_ANSWER" | "INDEX_OVERSIZED", path: string, what: string): ClientError {
    return new ClientError(code, `${this.#base.href}${path} ${what}`, {
      hint: "something between you and the index answers in its place, or the index takes no publications",
    });
  }
}

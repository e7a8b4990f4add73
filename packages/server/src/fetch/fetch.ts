import { ServerError } from "../errors.ts";

/** Longest wait for an answer to begin, and for the next bytes of one that has begun. */
const STALL_MS = 30_000;
/** Redirects that are followed. */
const MAX_REDIRECTS = 5;

export interface Fetching {
  /** Sent to the origin that is asked first, and to no other. */
  readonly authorization?: string | undefined;
  readonly accept?: string | undefined;
  /** Whether an address to which a redirect leads may be asked; without it none is followed. */
  readonly mayFollow?: ((url: URL) => boolean) | undefined;
}

/** An answer that has begun. */
export interface Fetched {
  readonly url: URL;
  readonly type: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Asks for one address; undefined where there is nothing (404, 410). Nothing of what comes back is believed here.
 * @throws ServerError `UPSTREAM`, `UPSTREAM_HOST`
 */
export async function fetchAnswer(address: URL, options: Fetching, maxBytes: number): Promise<Fetched | undefined> {
  let url = address;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const stall = new Stall(shown(url));
    const answer = await stall.watch(ask(url, url.origin === address.origin ? options : withoutSecret(options), stall));
    if (answer.status === 404 || answer.status === 410) {
      await answer.body?.cancel();
      stall.end();
      return undefined;
    }
    if (answer.status >= 300 && answer.status < 400) {
      await answer.body?.cancel();
      stall.end();
      url = redirected(url, answer.headers.get("location"), options);
      continue;
    }
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      stall.end();
      throw upstream(`${shown(url)} answered ${answer.status}`, hintOf(answer.status));
    }
    const type = (answer.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return { url, type, body: bounded(answer.body, stall, url, maxBytes) };
  }
  throw upstream(`${shown(address)} leads from one address to another without end`);
}

/** The same, read to its end. */
export async function fetchBytes(address: URL, options: Fetching, maxBytes: number): Promise<Buffer | undefined> {
  const answer = await fetchAnswer(address, options, maxBytes);
  return answer === undefined ? undefined : readAll(answer.body);
}

/** All bytes of a body that is bounded already. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An address as it may be told: without credentials and query. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function ask(url: URL, { authorization, accept }: Fetching, stall: Stall): Promise<Response> {
  const headers = {
    "user-agent": "countermark-server",
    ...(accept !== undefined && { accept }),
    ...(authorization !== undefined && { authorization }),
  };
  return fetch(url.href, { headers, redirect: "manual", signal: stall.signal, credentials: "omit" });
}

function withoutSecret({ authorization: _, ...rest }: Fetching): Fetching {
  return rest;
}

function redirected(from: URL, location: string | null, { mayFollow }: Fetching): URL {
  const to = location === null || !URL.canParse(location, from.href) ? undefined : new URL(location, from);
  if (to === undefined || !/^https?:$/.test(to.protocol)) throw upstream(`${shown(from)} redirects to nowhere`);
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw upstream(`${shown(from)} redirects to ${shown(to)}, which is not HTTPS`);
  }
  if (mayFollow?.(to) === true) return to;
  throw new ServerError("UPSTREAM_HOST", `${shown(from)} leads to another host, ${to.host}`, {
    hint: `if that is meant to be, allow it: --allow-host ${to.host}`,
  });
}

async function* bounded(
  body: AsyncIterable<Uint8Array>,
  stall: Stall,
  url: URL,
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  let left = maxBytes;
  try {
    const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
    for (;;) {
      const next = await stall.watch(chunks.next());
      if (next.done === true) return;
      left -= next.value.byteLength;
      if (left < 0) throw upstream(`${shown(url)} sends more than ${maxBytes} bytes`);
      yield next.value;
    }
  } finally {
    stall.end();
  }
}

/** Ends an exchange in which nothing has come for too long. */
class Stall {
  readonly #controller = new AbortController();
  readonly #shown: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(about: string) {
    this.#shown = about;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async watch<T>(work: Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort();
    }, STALL_MS);
    try {
      return await work;
    } catch (error) {
      const why = this.signal.aborted ? `sent nothing for ${STALL_MS / 1000} s` : causeOf(error);
      this.end();
      const hint = "is that index running, and is its address right? The same command goes on where it was";
      throw upstream(`${this.#shown} cannot be read: ${why}`, hint, error);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? "it failed";
}

function hintOf(status: number): string | undefined {
  if (status === 401 || status === 403) return "give a token or password by --token-fd";
  return status === 429 || status >= 500 ? "try again later: the same command goes on where it was" : undefined;
}

function upstream(message: string, hint?: string, cause?: unknown): ServerError {
  return new ServerError("UPSTREAM", message, { ...(hint !== undefined && { hint }), cause });
}

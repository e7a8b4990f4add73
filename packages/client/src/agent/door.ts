import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { randomBytes } from "node:crypto";
import { SIMPLE_FOLDER } from "@countermark/repository";
import { ClientError } from "../errors.ts";
import { CORE_METADATA_SUFFIX } from "../verify/core-metadata.ts";
import type { VerifiedIndex } from "../verify/verified-index.ts";
import { admit } from "./admission.ts";
import { sendFile, sendImmutable, sendPage, sendRefusal, sendText } from "./answers.ts";
import { listen, LOOPBACK, stop } from "./listening.ts";
import { renderPage } from "./project-page.ts";
import { ProtectionCount } from "./protection.ts";
import { RefusalLog } from "./refusals.ts";
import { parseRoute, type Route } from "./routes.ts";

/** Bytes of randomness in a secret: nobody guesses 128 bits. */
const SECRET_BYTES = 16;
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
/** For an installer to say what it wants; our answer may take as long as the index does. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Installers build wheels between two requests: a connection that we close meanwhile is one that they fail on. */
const KEEP_ALIVE_MS = 120_000;

/** How a door is opened. */
export interface DoorOptions {
  /** The index to answer from; asked anew for each request, so that it may change between two. */
  readonly index: () => VerifiedIndex;
  /** 0 takes a free one. */
  readonly port?: number;
  /** Path segment without which nothing is answered; made anew by default. */
  readonly secret?: string;
}

/** A secret for a door's address. */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/**
 * A simple index on loopback that installers use unchanged. Pages are made from verified metadata; a file's every byte is
 * verified before its first one is sent; what is refused is refused with its reason, and kept to be told again.
 */
export class IndexDoor {
  readonly refusals = new RefusalLog();
  readonly protection = new ProtectionCount();
  /** Mistakes of ours, met while answering: whoever opened the door must crash with the first one. */
  readonly bugs: unknown[] = [];
  readonly #options: DoorOptions;
  readonly #secret: string;
  readonly #server: Server;
  #port = 0;
  #lastRequest = 0;

  private constructor(options: DoorOptions) {
    this.#options = options;
    this.#secret = options.secret ?? makeSecret();
    const limits = {
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** @throws ClientError `PORT_IN_USE` */
  static async open(options: DoorOptions): Promise<IndexDoor> {
    const door = new IndexDoor(options);
    door.#port = await listen(door.#server, options.port ?? 0);
    return door;
  }

  /** The index URL for installers. */
  get indexUrl(): string {
    return `http://${LOOPBACK}:${this.#port}/${this.#secret}/${SIMPLE_FOLDER}`;
  }

  /** When the latest request came, in milliseconds since the epoch; 0 before the first. */
  get lastRequest(): number {
    return this.#lastRequest;
  }

  async close(): Promise<void> {
    await stop(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = admit(request, this.#port, this.#secret);
    if (!admission.admitted) {
      sendText(request, response, admission.status, `${admission.reason}\n`);
      return;
    }
    this.#lastRequest = Date.now();
    const route = parseRoute(admission.path);
    try {
      if (route === undefined || route.kind === "root") sendNothingHere(request, response, route);
      else await this.#route(request, response, route);
    } catch (error) {
      this.#refuse(request, response, route, error);
    }
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse,
    route: Exclude<Route, { kind: "root" }>,
  ): Promise<void> {
    const index = this.#options.index();
    if (route.kind === "redirect") {
      response.writeHead(301, { location: route.location, "content-length": 0 }).end();
      return;
    }
    if (route.kind === "project") {
      const listing = await index.project(route.project);
      if (listing === undefined)
        sendText(request, response, 404, "no such project: it is verified that there is none\n");
      else sendPage(request, response, renderPage(listing, request.headers.accept));
      return;
    }
    const found = await index.find(route.project, route.filename);
    const metadata = found === undefined || route.kind === "file" ? undefined : await index.coreMetadata(found);
    if (metadata !== undefined) {
      sendImmutable(request, response, metadata);
    } else if (found === undefined || route.kind === "core-metadata") {
      sendText(request, response, 404, "no such file: it is verified that there is none\n");
    } else {
      const content = await index.open(found);
      this.protection.add(route.project, route.filename, found.listing.protection);
      await sendFile(request, response, content);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, route: Route | undefined, error: unknown): void {
    const subject = route === undefined ? "request" : subjectOf(route);
    const known = error instanceof ClientError ? error : undefined;
    if (known === undefined) this.bugs.push(error);
    const refusal = known ?? new ClientError("INTERNAL", "countermark itself failed");
    this.refusals.add(subject, refusal);
    sendRefusal(request, response, subject, refusal);
  }
}

/** The list of all projects would need every shard of the index, and no installer asks for it. */
function sendNothingHere(request: IncomingMessage, response: ServerResponse, route: Route | undefined): void {
  const text =
    route === undefined ? "not found\n" : "the list of all projects is not served here: ask for one by its name\n";
  sendText(request, response, 404, text);
}

function subjectOf(route: Route): string {
  switch (route.kind) {
    case "file":
      return route.filename;
    case "core-metadata":
      return route.filename + CORE_METADATA_SUFFIX;
    case "project":
      return route.project;
    case "root":
    case "redirect":
      return "page";
  }
}

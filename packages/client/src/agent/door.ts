import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { SIMPLE_FOLDER } from "@countermark/repository/verifying";
import { nodeHttp } from "../network/node-http.ts";
import { admit } from "./admission.ts";
import { sendText } from "./answers.ts";
import { IndexSite, type SiteOptions } from "./index-site.ts";
import { listen, LOOPBACK, stop } from "./listening.ts";
import { makeSecret } from "./secret.ts";

const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
/** For an installer to say what it wants; our answer may take as long as the index does. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Installers build wheels between two requests: a connection that we close meanwhile is one that they fail on. */
const KEEP_ALIVE_MS = 120_000;

/** How a door is opened. */
export interface DoorOptions extends Omit<SiteOptions, "uploads"> {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Path segment without which nothing is answered; made anew by default. */
  readonly secret?: string;
}

/** A simple index on loopback, behind a secret in its path, that installers use unchanged. */
export class IndexDoor {
  readonly site: IndexSite;
  readonly #secret: string;
  readonly #server: Server;
  #port = 0;

  private constructor(options: DoorOptions) {
    this.site = new IndexSite(options);
    this.#secret = options.secret ?? makeSecret();
    const limits = {
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    this.#server = nodeHttp().createServer(limits, (request, response) => void this.#answer(request, response));
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

  async close(): Promise<void> {
    await stop(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = admit(request, this.#port, this.#secret);
    if (admission.admitted) await this.site.answer(request, response, admission.path);
    else sendText(request, response, admission.status, `${admission.reason}\n`);
  }
}

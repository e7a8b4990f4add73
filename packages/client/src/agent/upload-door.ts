import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { admit } from "./admission.ts";
import { sendText } from "./answers.ts";
import type { IndexSite } from "./index-site.ts";
import { listen, LOOPBACK, stop } from "./listening.ts";
import { UPLOAD_FOLDER } from "./routes.ts";
import { makeSecret } from "./secret.ts";

/** An upload may take long. */
const LIMITS = { requestTimeout: 30 * 60_000, headersTimeout: 30_000, maxHeaderSize: 16 * 1024 } as const;
const MAX_CONNECTIONS = 16;

/**
 * A way for uploads alone to a run's site, on loopback behind a secret: for tools that ask no proxy. hatch makes a transport
 * of its own, with which its HTTP library leaves the proxy settings alone, so that it would go past the gate.
 */
export class UploadDoor implements AsyncDisposable {
  readonly #site: IndexSite;
  readonly #secret = makeSecret();
  readonly #server: Server;
  #port = 0;

  private constructor(site: IndexSite) {
    this.#site = site;
    this.#server = createServer(LIMITS, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  static async open(site: IndexSite): Promise<UploadDoor> {
    const door = new UploadDoor(site);
    door.#port = await listen(door.#server, 0);
    return door;
  }

  /** The upload URL; ends in a slash. */
  get url(): string {
    return `http://${LOOPBACK}:${this.#port}/${this.#secret}/${UPLOAD_FOLDER}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = admit(request, this.#port, this.#secret, ["POST"]);
    if (!admission.admitted) sendText(request, response, admission.status, `${admission.reason}\n`);
    else if (admission.path !== UPLOAD_FOLDER) sendText(request, response, 404, "not found\n");
    else await this.#site.answer(request, response, admission.path);
  }
}

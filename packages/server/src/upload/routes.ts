import type { IncomingMessage } from "node:http";
import type { Call, Door } from "../http/door.ts";
import { noteRefusal } from "../http/refusal-codes.ts";
import { headersOf, notFound, reply, replyEntity, replyOpen, replyText } from "../http/reply.ts";
import type { SimplePages } from "../simple/pages.ts";
import { isNormalisedName } from "@countermark/repository";
import { isName, normaliseName } from "@countermark/packaging";
import { acceptUpload, type UploadPorts } from "./accept.ts";
import { MAX_FORM_BYTES, MAX_UPLOADS_AT_A_TIME } from "./limits.ts";
import { refusalOf, type UploadRefusal } from "./refusal.ts";

/** How long, and how much, of a refused upload is read on, so that the client comes to read why it was refused. */
const DRAIN_MS = 20_000;

/**
 * `/legacy/`: the upload API that every tool speaks. Both forms are served: tools do not follow redirects here. What is no
 * refusal goes to `onFailed`.
 */
export function addUploadRoutes(
  app: Door,
  ports: UploadPorts,
  pages: SimplePages,
  onFailed: (error: unknown, incoming: IncomingMessage) => void,
): void {
  let running = 0;
  const upload = async (call: Call): Promise<Response> => {
    if (running >= MAX_UPLOADS_AT_A_TIME) return refuse(call, ports, BUSY);
    running += 1;
    try {
      const { outcome, filename } = await acceptUpload(ports, call.env.incoming);
      return replyText(call, 200, `${filename}: ${outcome}`, { "cache-control": "no-store" });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) onFailed(error, call.env.incoming);
      return refuse(call, ports, refusal ?? FAILED);
    } finally {
      running -= 1;
    }
  };
  for (const path of ["/legacy", "/legacy/"]) app.post(path, upload);
  // hatch takes every index for a devpi, and looks here for what is there already.
  app.get("/legacy/:simple{(?:\\+|%2[bB])simple}/:project/", async (call) => {
    const name = call.req.param("project");
    const project = isName(name) ? normaliseName(name) : "";
    if (!isNormalisedName(project)) return notFound(call);
    const page = await pages.project(project, "text/html");
    return page === undefined ? notFound(call) : replyEntity(call, page);
  });
  // Trusted publishing, which tools look for by themselves.
  app.all("/_/oidc/*", (call) =>
    replyJson(call, 404, { message: "This index has no trusted publishing.", errors: [{ code: "not-found" }] }),
  );
}

/** Seconds after which whoever is refused because of others may try again. */
const RETRY_AFTER = "5";

const BUSY: UploadRefusal = {
  ...{ status: 503, code: "UPLOAD_BUSY", message: "too many uploads at the same time" },
  hint: "try again in a moment",
};

/** What went wrong is the operator's to read. Nothing of the upload is shown that was not published. */
const FAILED: UploadRefusal = {
  ...{ status: 500, code: "UPLOAD_FAILED", message: "the index failed; its log says why" },
  hint: "upload again: a file that was taken in is answered as such",
};

/**
 * Says why in every channel that some tool shows: the reason phrase (twine, poetry, flit, hatch, setup.py), `code` of
 * exactly `application/json` (uv), and plain text.
 */
function refuse(call: Call, { limits }: UploadPorts, refusal: UploadRefusal): Response {
  const { status, code, message, hint } = refusal;
  const { incoming, outgoing } = call.env;
  noteRefusal(incoming, code);
  const headers = {
    ...{ connection: "close", "cache-control": "no-store", "x-content-type-options": "nosniff" },
    ...(status === 503 && { "retry-after": RETRY_AFTER }),
  };
  const takesJson = (headersOf(call).accept ?? "").includes("application/json");
  const text = hint === undefined ? message : `${message}\n\nhint: ${hint}`;
  const body = Buffer.from(
    takesJson
      ? JSON.stringify({ message, code: `${status} ${message}`, title: message, error: code, hint })
      : `${text}\n`,
  );
  const type = takesJson ? "application/json" : "text/plain; charset=utf-8";
  const about = { ...headers, "content-type": type, "content-length": body.length };
  if (incoming.readableEnded || incoming.destroyed || status === 408) return reply(call, status, about, body, message);
  drain(incoming, 2 * limits.fileBytes + 4 * MAX_FORM_BYTES, () => outgoing.end());
  return replyOpen(call, status, about, body, message);
}

/**
 * Reads on what a client is still sending, and only then calls `done`: one that is cut off while it writes never reads the
 * answer.
 */
function drain(incoming: IncomingMessage, most: number, done: () => void): void {
  let left = most;
  const cut = (): void => {
    incoming.destroy();
  };
  const timer = setTimeout(cut, DRAIN_MS).unref();
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cut();
  });
  incoming.once("end", done).once("close", () => {
    clearTimeout(timer);
    done();
  });
  incoming.on("error", () => undefined);
  incoming.resume();
}

function replyJson(call: Call, status: number, value: unknown): Response {
  const body = Buffer.from(JSON.stringify(value));
  const headers = { "content-type": "application/json", "content-length": body.length, "cache-control": "no-store" };
  return reply(call, status, headers, body);
}

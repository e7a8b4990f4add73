import type { IncomingMessage } from "node:http";
import { Hono } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";
import type { ApiPorts } from "../api/ports.ts";
import { addApiRoutes } from "../api/routes.ts";
import { Authenticator } from "../accounts/authenticate.ts";
import { addReadGuard } from "../accounts/read-guard.ts";
import type { Checker } from "../checking/checker.ts";
import { Staging } from "../claims/staging.ts";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { addFileRoutes } from "../files/routes.ts";
import { FileSender } from "../files/send.ts";
import type { Counters } from "../health/counters.ts";
import { addHealthRoutes } from "../health/routes.ts";
import { addProjectPage } from "../home/project.ts";
import { addHomeRoute } from "../home/routes.ts";
import { addTrustPage } from "../home/trust.ts";
import { SimplePages } from "../simple/pages.ts";
import { addSimpleRoutes } from "../simple/routes.ts";
import { addMetadataRoutes } from "../tuf/routes.ts";
import type { UploadPorts } from "../upload/accept.ts";
import { MAX_BODIES_BYTES, type UploadLimits } from "../upload/limits.ts";
import { addUploadRoutes } from "../upload/routes.ts";
import type { Door, NodeBindings } from "./door.ts";
import { MemoryBudget } from "./memory-budget.ts";
import type { PublishedCache } from "./published.ts";
import { notFound, replyText } from "./reply.ts";

/** What anything here answers, HEAD apart, which is answered like GET. */
const METHODS = ["GET", "POST", "PUT", "DELETE"];
/** Memory for files that are asked for often. */
const FILES_BYTES = 32 * 1024 * 1024;

export interface AppPorts {
  readonly index: OpenIndex;
  readonly cache: PublishedCache;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly api: Omit<ApiPorts, "index" | "checker" | "clock" | "memory">;
  readonly checker: Checker;
  readonly uploadLimits: UploadLimits;
  /** Reading needs a token. */
  readonly isPrivate: boolean;
  /** Told of what went wrong while answering. */
  readonly onError: (error: unknown, incoming: IncomingMessage) => void;
  /** Told of what failed beside an answer. */
  readonly onFailure: (error: unknown) => void;
}

/** Every address of the index. */
export function makeApp(ports: AppPorts): Door {
  const { index, cache, counters, clock, api, onError, onFailure } = ports;
  const app = new Hono<{ Bindings: NodeBindings }>();
  const memory = new MemoryBudget(MAX_BODIES_BYTES);
  const authenticator = new Authenticator(index.accounts, clock, onFailure);
  if (ports.isPrivate) addReadGuard(app, authenticator);
  const pages = new SimplePages(index.store, cache, index.settings.shards);
  addSimpleRoutes(app, pages);
  addFileRoutes(app, pages, new FileSender(index.blobs, FILES_BYTES));
  addMetadataRoutes(app, index.store, cache);
  addUploadRoutes(app, { ...uploadPorts(ports, authenticator), memory }, pages, onError);
  addHomeRoute(app, index.settings);
  addProjectPage(app, pages, cache);
  addTrustPage(app, index, cache, clock);
  addHealthRoutes(app, { store: index.store, cache, counters, clock });
  addApiRoutes(app, { ...api, index, checker: ports.checker, clock, memory });
  const methodsOf = allowedMethods(app);
  app.notFound((call) => {
    const { method, path } = call.req;
    const methods = methodsOf(path);
    if (methods.length === 0 || methods.includes(method)) return notFound(call);
    const allow = methods.join(", ");
    return replyText(call, 405, `This index answers ${allow} here.`, { allow, "cache-control": "no-store" });
  });
  app.onError((error, call) => {
    onError(error, call.env.incoming);
    if (call.env.outgoing.headersSent) {
      call.env.outgoing.destroy();
      return new Response(null, { headers: { "x-hono-already-sent": "true" } });
    }
    return replyText(call, 500, "The index failed; its log says why.", { "cache-control": "no-store" });
  });
  return app;
}

/** By address, the methods that are answered there (RFC 9110, 15.5.6); none where nothing is. */
function allowedMethods(app: Door): (path: string) => readonly string[] {
  const router = new TrieRouter<true>();
  for (const { method, path } of app.routes) if (method !== METHOD_NAME_ALL) router.add(method, path, true);
  return (path) => {
    const methods = METHODS.filter((method) => router.match(method, path)[0].length > 0);
    return methods.includes("GET") ? ["GET", "HEAD", ...methods.filter((method) => method !== "GET")] : methods;
  };
}

function uploadPorts(ports: AppPorts, authenticator: Authenticator): Omit<UploadPorts, "memory"> {
  const { index, checker, clock, api, uploadLimits, onFailure } = ports;
  const staging = new Staging({ index, clock });
  return {
    ...index,
    authenticator,
    checker,
    staging,
    publisher: api.publisher,
    clock,
    limits: uploadLimits,
    onError: onFailure,
  };
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context, Hono } from "hono";

/** Node's own objects of a request, as @hono/node-server hands them through. */
export interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Where handlers are added. */
export type Door = Hono<{ Bindings: NodeBindings }>;

/** What handlers get: Hono for the way, Node's own objects for the answer, without a detour through web streams. */
export type Call = Context<{ Bindings: NodeBindings }>;

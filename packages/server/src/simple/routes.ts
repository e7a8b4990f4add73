import { isName, negotiate, normaliseName } from "@countermark/packaging";
import { isNormalisedName } from "@countermark/repository";
import type { Call, Door } from "../http/door.ts";
import { headersOf, notFound, redirect, replyEntity } from "../http/reply.ts";
import type { SimplePages } from "./pages.ts";

/** `/simple/` (PEP 503, PEP 691). */
export function addSimpleRoutes(app: Door, pages: SimplePages): void {
  app.get("/simple", (call) => redirect(call, "simple/"));
  app.get("/simple/", async (call) => replyEntity(call, await pages.root(negotiate(wanted(call)))));
  app.get("/simple/:project", (call) => toNormalised(call, call.req.param("project"), ""));
  app.get("/simple/:project/", async (call) => {
    const project = call.req.param("project");
    if (!isNormalisedName(project)) return toNormalised(call, project, "../");
    const page = await pages.project(project, negotiate(wanted(call)));
    return page === undefined ? notFound(call) : replyEntity(call, page);
  });
}

/** PEP 691: `?format=` goes before the header. A plus sign in a query is read as a space by everybody. */
function wanted(call: Call): string | undefined {
  return call.req.query("format")?.replaceAll(" ", "+") ?? headersOf(call).accept;
}

/** PEP 503: names that are not normalised, and addresses without the last slash, lead to the one address of a page. */
function toNormalised(call: Call, name: string, up: string): Response {
  const project = isName(name) ? normaliseName(name) : "";
  return isNormalisedName(project) ? redirect(call, `${up}${project}/`) : notFound(call);
}

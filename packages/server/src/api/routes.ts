import type { Call, Door } from "../http/door.ts";
import { addAccountRoutes } from "./account-routes.ts";
import { addChangeRoutes } from "./change-routes.ts";
import type { ApiPorts } from "./ports.ts";
import { addProjectRoutes } from "./project-routes.ts";
import { replyRefusal } from "./refusals.ts";

/** Adds one address of the API. What its handler refuses is answered as a problem. */
export type Routes = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  handler: (call: Call) => Promise<Response>,
) => void;

/** `/api/v1/`: docs/spec/publishing.md. */
export function addApiRoutes(app: Door, ports: ApiPorts): void {
  const routes: Routes = (method, path, handler) => {
    app.on(method, path, async (call) => {
      try {
        return await handler(call);
      } catch (error) {
        return replyRefusal(call, error);
      }
    });
  };
  addAccountRoutes(routes, ports);
  addProjectRoutes(routes, ports);
  addChangeRoutes(routes, ports);
}

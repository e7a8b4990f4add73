/*
 * Node's HTTP modules, taken when they are used and not imported: an import touches all that a module has, and that of
 * `node:http` loads a WebSocket client, which takes longer than all the rest of it.
 */

export const nodeHttp = (): typeof import("node:http") => process.getBuiltinModule("node:http");
export const nodeHttps = (): typeof import("node:https") => process.getBuiltinModule("node:https");
export const nodeTls = (): typeof import("node:tls") => process.getBuiltinModule("node:tls");

import { isName, normaliseName } from "@countermark/packaging";
import { API_FOLDER } from "@countermark/repository";
import type { Call, Door } from "../http/door.ts";
import { notePrivate } from "../http/privacy.ts";
import { headersOf, replyText } from "../http/reply.ts";
import { allows, type Authenticator, type Principal } from "./authenticate.ts";

/** What anybody may ask of a private index: whether it is well. It names no project. */
const OPEN: ReadonlySet<string> = new Set(["/-/health", "/-/ready"]);
/** Upload tools look here for trusted publishing before they have any token: 404 tells them that there is none. */
const OIDC_FOLDER = "/_/oidc/";
/** Where the name of a project stands in an address, counted in slashes. */
const PROJECT_AT: readonly (readonly [prefix: string, at: number])[] = [
  ["/simple/", 2],
  ["/files/", 3],
  ["/tuf/targets/", 4],
  ["/project/", 2],
  ["/legacy/+simple/", 3],
  [`/${API_FOLDER}projects/`, 4],
];
/** What a token of some projects may read beside them: what the index is, and the metadata that vouches for its files. */
const OF_INDEX = /^\/(?:simple\/?|tuf\/[^/]+)?$/;
/** The realm is what tools show when they ask for a password; `__token__` is the name that goes with it. */
const CHALLENGE = 'Basic realm="this index: user name __token__, a read token as password", charset="UTF-8"';

/**
 * Lets nobody read a private index without a token for reading. Requests that change something have checks of their own,
 * and signing in is how one comes to a session.
 */
export function addReadGuard(app: Door, authenticator: Pick<Authenticator, "authenticate">): void {
  app.use(async (call, next) => {
    const { method, path } = call.req;
    if (method !== "GET" && method !== "HEAD") return next();
    if (OPEN.has(path) || path.startsWith(OIDC_FOLDER)) return next();
    notePrivate(call.env.incoming);
    const who = await authenticator.authenticate(headersOf(call).authorization);
    if (who === "none") return refuse(call, 401, "this index is private: it is read with a token");
    if (who === "unknown") return refuse(call, 401, "the token is not known here, has expired or was revoked");
    if (mayRead(who, path)) return next();
    return refuse(call, 403, "this token is not for reading that");
  });
}

/** Whether a token may read an address. A session stands for its account, which may read everything. */
export function mayRead(who: Principal, path: string): boolean {
  const { kind, projects } = who.token;
  if (kind === "session") return true;
  if (projects === undefined || OF_INDEX.test(path)) return allows(who, "read");
  const project = projectOf(path);
  return project !== undefined && allows(who, "read", project);
}

/** The project that an address is about, normalised. A name in another spelling than its letters is none. */
function projectOf(path: string): string | undefined {
  const at = PROJECT_AT.find(([prefix]) => path.startsWith(prefix))?.[1];
  const name = at === undefined ? "" : (path.split("/", at + 1)[at] ?? "");
  return isName(name) ? normaliseName(name) : undefined;
}

function refuse(call: Call, status: 401 | 403, message: string): Response {
  const headers = { "www-authenticate": CHALLENGE, "cache-control": "no-store" };
  const hint = "hint: ask the operator for a read token; 'countermark trust URL --root FINGERPRINT' takes it";
  return replyText(call, status, `${message}\n\n${hint}`, headers, message);
}

import { devNull } from "node:os";

/** Where a guarded command finds its index and its proxy. */
export interface Doors {
  /** `http://127.0.0.1:PORT/<secret>/simple/` */
  readonly indexUrl: string;
  /** `http://127.0.0.1:PORT`; without one, nothing keeps the command from asking elsewhere. */
  readonly guardUrl?: string;
}

/** Settings of the tools that would add another source, or go around ours; each was seen to do so. */
const REMOVED = [
  "PIP_EXTRA_INDEX_URL",
  "PIP_FIND_LINKS",
  "PIP_NO_INDEX",
  "PIP_ISOLATED",
  "PIP_PROXY",
  "UV_EXTRA_INDEX_URL",
  "UV_FIND_LINKS",
  "UV_INDEX_URL",
  "UV_NO_INDEX",
  "UV_INDEX_STRATEGY",
  "PDM_IGNORE_STORED_INDEX",
];

/**
 * Seconds that a tool should wait for an answer: our door is silent while it fetches and verifies a large file, and has
 * limits of its own.
 */
const PATIENCE_S = "600";

/** The index settings of pip, uv, pdm and poetry (its mirror plugin): what `agent` prints and `run` sets. */
export function indexSettings(indexUrl: string): ReadonlyMap<string, string> {
  return new Map([
    ["PIP_INDEX_URL", indexUrl],
    // Only this leaves out an extra-index-url of pip.conf; an empty PIP_EXTRA_INDEX_URL does not.
    ["PIP_CONFIG_FILE", devNull],
    // pip keeps nothing in its cache that came over plain HTTP, but from hosts named here.
    ["PIP_TRUSTED_HOST", new URL(indexUrl).host],
    ["PIP_NO_INPUT", "1"],
    ["PIP_DEFAULT_TIMEOUT", PATIENCE_S],
    // uv asks its default index last: only a named index comes before those of a project.
    ["UV_DEFAULT_INDEX", indexUrl],
    ["UV_INDEX", indexUrl],
    ["UV_HTTP_TIMEOUT", PATIENCE_S],
    ["PDM_PYPI_URL", indexUrl],
    ["PDM_CONFIG_FILE", devNull],
    ["PDM_REQUEST_TIMEOUT", PATIENCE_S],
    ["POETRY_PYPI_MIRROR_URL", indexUrl],
    ["POETRY_REQUESTS_TIMEOUT", PATIENCE_S],
  ]);
}

/** The environment of a guarded command: the caller's own, with our doors as the only ways out that the tools know. */
export function guardedEnvironment(own: NodeJS.ProcessEnv, doors: Doors): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...own };
  for (const name of REMOVED) Reflect.deleteProperty(env, name);
  for (const [name, value] of indexSettings(doors.indexUrl)) env[name] = value;
  const proxies = doors.guardUrl === undefined ? {} : proxySettings(doors.guardUrl);
  return { ...env, ...proxies };
}

/** Tools read the proxy variables in either case, and some in one only. */
function proxySettings(guardUrl: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) env[name] = env[name.toLowerCase()] = guardUrl;
  // Without this a tool would ask our own door through the guard, which refuses it.
  env["NO_PROXY"] = env["no_proxy"] = "127.0.0.1,localhost";
  return env;
}

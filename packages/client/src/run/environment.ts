import { nullDevice } from "../platform.ts";

/** The only way out that a guarded command is given. */
export interface Gateway {
  /**
   * The real addresses of the trusted indexes' pages: lock files that are written name them. Each ends in `/simple/`; the
   * first is the one for names that belong to no other.
   */
  readonly indexUrls: IndexUrls;
  /** The gate, with the run's secret. */
  readonly proxyUrl: string;
  /** A file with every authority that the command is to believe, PEM. */
  readonly authorities: string;
  /** A file with {@link pdmSettings}, where there is more than one index. */
  readonly pdmSettings?: string;
  /** Whether hosts besides the index may be asked, which may well fail now and then. */
  readonly others: boolean;
  /** Whether git may use ssh, which no proxy sees. */
  readonly ssh: boolean;
}

/** Settings of the tools that would add another source, go around ours, or believe somebody else. */
const REMOVED: ReadonlySet<string> = new Set([
  ...["PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_ISOLATED", "PIP_PROXY", "PIP_TRUSTED_HOST"],
  ...["UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_URL", "UV_NO_INDEX", "UV_INDEX_STRATEGY", "UV_INSECURE_HOST"],
  ...["PDM_IGNORE_STORED_INDEX", "SSL_CERT_DIR"],
  ...["GIT_SSL_NO_VERIFY", "PYTHONHTTPSVERIFY", "NODE_TLS_REJECT_UNAUTHORIZED", "GIT_PROXY_COMMAND"],
  // What `git -c` hands on: git reads it after the variables in which its proxy is set here.
  "GIT_CONFIG_PARAMETERS",
  // uv takes itself for a CGI script where this stands, and asks no proxy.
  "REQUEST_METHOD",
]);
/**
 * Python looks for a proxy of any scheme, or of one host (`http://HOST_proxy`), in variables of any case, and `No_proxy` counts
 * with it as `no_proxy` does. cargo and others have one of their own.
 */
const PROXY_VARIABLE = /_proxy$/i;
/** pip reads `PIP_proxy` as it does `PIP_PROXY`. */
const FOLDED = /^pip_/i;
/** What a run sets itself. */
const OWN = /^PIP_(?:INDEX_URL|CONFIG_FILE|CERT|NO_INPUT|DEFAULT_TIMEOUT|RETRIES)$/;
/** Options of git that lead past its proxy, or take anybody's word. */
const GIT_OPTION = /\.(?:\w*proxy\w*|sslverify|sslcainfo|sslcapath)$/i;
/** Most of git's options that are looked through. */
const MAX_GIT_OPTIONS = 1000;

/** Where tools look for the authorities that they believe. */
const AUTHORITIES = [
  ...["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"],
  ...["HTTPLIB2_CA_CERTS", "CARGO_HTTP_CAINFO"],
];

/**
 * Seconds that a tool should wait for an answer: our doors are silent while they fetch and verify a large file, and have
 * limits of their own.
 */
const PATIENCE_S = "600";
/** Tries again of a tool to which we have said no: we have tried again ourselves, and our answer will be the same. */
const RETRIES: ReadonlyMap<string, string> = new Map([
  ["PIP_RETRIES", "0"],
  ["UV_HTTP_RETRIES", "0"],
]);

/** Addresses of indexes' pages, the default one first. */
export type IndexUrls = readonly [string, ...string[]];

/**
 * The index settings of pip, uv, pdm and poetry (its mirror plugin). pdm takes one index from its environment and others from
 * {@link pdmSettings}; poetry finds others in the project's own settings alone.
 */
export function indexSettings(indexUrls: IndexUrls): ReadonlyMap<string, string> {
  const [indexUrl, ...others] = indexUrls;
  const plain = indexUrls.map((url) => new URL(url)).filter(({ protocol }) => protocol === "http:");
  return new Map([
    ["PIP_INDEX_URL", indexUrl],
    ...(others.length > 0 ? ([["PIP_EXTRA_INDEX_URL", others.join(" ")]] as const) : []),
    // Only this leaves out an extra-index-url of pip.conf; an empty PIP_EXTRA_INDEX_URL does not.
    ["PIP_CONFIG_FILE", nullDevice()],
    // pip keeps nothing in its cache that came over plain http, and asks no host over it, but those named here.
    ...(plain.length > 0 ? ([["PIP_TRUSTED_HOST", plain.map(({ host }) => host).join(" ")]] as const) : []),
    ["PIP_NO_INPUT", "1"],
    ["PIP_DEFAULT_TIMEOUT", PATIENCE_S],
    // uv asks its default index last: only a named index comes before those of a project.
    ["UV_DEFAULT_INDEX", indexUrl],
    ["UV_INDEX", indexUrls.join(" ")],
    ["UV_HTTP_TIMEOUT", PATIENCE_S],
    ["PDM_PYPI_URL", indexUrl],
    ["PDM_CONFIG_FILE", nullDevice()],
    ["PDM_REQUEST_TIMEOUT", PATIENCE_S],
    ["POETRY_PYPI_MIRROR_URL", indexUrl],
    ["POETRY_REQUESTS_TIMEOUT", PATIENCE_S],
  ]);
}

/** What pdm's own settings file says of the indexes besides the first one. */
export function pdmSettings([, ...others]: IndexUrls): string {
  return others.map((url, at) => `[pypi.countermark-${at + 2}]\nurl = ${JSON.stringify(url)}\n`).join("");
}

/** The environment of a guarded command: the caller's own, with the gate as the only way out that the tools know. */
export function guardedEnvironment(own: NodeJS.ProcessEnv, gateway: Gateway): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(own).filter(([name]) => !isRemoved(name)));
  for (const [name, value] of indexSettings(gateway.indexUrls)) env[name] = value;
  if (gateway.pdmSettings !== undefined) env["PDM_CONFIG_FILE"] = gateway.pdmSettings;
  if (!gateway.others) for (const [name, value] of RETRIES) env[name] = value;
  for (const name of AUTHORITIES) env[name] = gateway.authorities;
  // git speaks ssh past every proxy; what it may use stands here, not in a project's settings.
  if (!gateway.ssh) env["GIT_ALLOW_PROTOCOL"] = "file:http:https";
  return { ...env, ...gitProxy(own, gateway.proxyUrl), ...proxySettings(gateway.proxyUrl) };
}

function isRemoved(name: string): boolean {
  if (PROXY_VARIABLE.test(name)) return true;
  const folded = FOLDED.test(name) ? name.toUpperCase() : name;
  // Two spellings of one name: which of them pip believes depends on their order.
  return REMOVED.has(folded) || (folded !== name && OWN.test(folded));
}

/**
 * git obeys a proxy of its settings files before the environment's, and what stands in these variables before its files. The
 * caller's own options stay, but for those of a proxy: the one of a single address would go before ours.
 */
function gitProxy(own: NodeJS.ProcessEnv, proxyUrl: string): NodeJS.ProcessEnv {
  const kept = Array.from({ length: gitOptions(own["GIT_CONFIG_COUNT"]) }, (_, at) => [
    own[`GIT_CONFIG_KEY_${at}`] ?? "",
    own[`GIT_CONFIG_VALUE_${at}`] ?? "",
  ]).filter(([key = ""]) => key !== "" && !GIT_OPTION.test(key));
  const options = [...kept, ["http.proxy", proxyUrl]];
  const pairs = options.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(options.length), ...(Object.fromEntries(pairs) as NodeJS.ProcessEnv) };
}

function gitOptions(count = ""): number {
  return /^\d{1,4}$/.test(count) ? Math.min(Number(count), MAX_GIT_OPTIONS) : 0;
}

/** Tools read the proxy variables in either case, and some in one only. Nothing goes past the proxy, loopback included. */
function proxySettings(proxyUrl: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) env[name] = env[name.toLowerCase()] = proxyUrl;
  env["NO_PROXY"] = env["no_proxy"] = "";
  return env;
}

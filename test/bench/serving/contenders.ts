import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programOf } from "../../../tools/python/environments.ts";
import { checkout } from "../../../tools/python/places.ts";
import { assignments } from "../../harness/assignments.ts";
import { freePort } from "../../harness/free-port.ts";
import { announcedUrl, importFolder, initIndex, type Index } from "../../harness/index-server.ts";
import type { Running } from "../../harness/processes.ts";
import type { Sandbox, Settings } from "../../harness/sandbox.ts";
import { SERVER } from "../built.ts";

export const JSON_PAGE = "application/vnd.pypi.simple.v1+json";
const PATIENCE_MS = 60_000;
const LONGEST_MS = 9 * 60_000;

/** An index that runs. */
export interface Contender {
  readonly name: string;
  /** Where its simple pages are; ends with a slash. */
  readonly url: string;
  readonly process: Running;
  /** Milliseconds from its start to its first answer. */
  readonly start: number;
  /** Questions that it has no answer to. */
  readonly without: readonly string[];
  /** Where files are uploaded to, and with which headers; undefined where nothing is. */
  readonly upload?: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/** Ours, built, with an account whose token uploads. */
export async function ours(sandbox: Sandbox, folder: string): Promise<Contender> {
  const index = await initIndex(sandbox);
  await importFolder(sandbox, index, folder);
  return serveBuilt(sandbox, index);
}

/** Serves an index by the built command, with the settings of its unit. */
export async function serveBuilt(sandbox: Sandbox, { data }: Pick<Index, "data">): Promise<Contender> {
  const secret = await uploadToken(sandbox, data);
  const started = performance.now();
  const unit = readFileSync(join(checkout, "deploy/countermark-server.service"), "utf8");
  const settings = assignments(unit, "Environment=");
  const serving = sandbox.start(process.execPath, [SERVER, "serve", "--data", data, "--port", "0"], {
    ...{ settings, timeoutMs: LONGEST_MS },
  });
  sandbox.scope.after(() => serving.stop());
  const url = await announcedUrl(serving);
  await answers(`${url}/simple/`);
  const authorization = `Basic ${Buffer.from(`__token__:${secret}`).toString("base64")}`;
  return {
    ...{ name: "countermark", url: `${url}/simple/`, process: serving },
    ...{ start: performance.now() - started, without: [] },
    upload: { url: `${url}/legacy/`, headers: { authorization } },
  };
}

async function uploadToken(sandbox: Sandbox, data: string): Promise<string> {
  const account = await sandbox.run(process.execPath, [SERVER, "account", "add", "bench", "--data", data]);
  const made = await sandbox.run(process.execPath, [
    SERVER,
    "token",
    "create",
    "bench",
    "--data",
    data,
    "--scope",
    "upload",
  ]);
  const secret = /\bcm_[A-Za-z0-9_-]+/.exec(made.stdout)?.[0];
  if (secret === undefined) throw new Error(`no token:\n${account.output}\n${made.output}`);
  return secret;
}

/** pypiserver in its fastest set-up. */
export async function pypiserver(sandbox: Sandbox, folder: string): Promise<Contender> {
  const port = await freePort();
  const app = `pypiserver:app(roots=["${folder}"],authenticate=[],password_file=".")`;
  const args = ["-w", "2", "-k", "gevent", "-b", `127.0.0.1:${port}`, "--log-level", "error", app];
  const contender = await start(sandbox, "pypiserver", programOf("pypiserver", "gunicorn"), args, port, "/simple/", {
    without: ["JSON page, 100 files", ".metadata"],
  });
  return { ...contender, upload: { url: `http://127.0.0.1:${port}/`, headers: {} } };
}

/** proxpi: a cache before our own index, warm. */
export async function proxpi(sandbox: Sandbox, upstream: string): Promise<Contender> {
  const port = await freePort();
  const cache = join(sandbox.folder, "proxpi-cache");
  mkdirSync(cache);
  const args = ["-w", "1", "--threads", "2", "-b", `127.0.0.1:${port}`, "--log-level", "error", "proxpi.server:app"];
  const settings = { PROXPI_INDEX_URL: upstream, PROXPI_CACHE_DIR: cache, PROXPI_INDEX_TTL: "3600" };
  return start(sandbox, "proxpi", programOf("proxpi", "gunicorn"), args, port, "/index/", { without: [], settings });
}

/** devpi without devpi-web, its upload by a login token: a password costs it 0.1 s each time. */
export async function devpi(sandbox: Sandbox, folder: string): Promise<Contender> {
  const port = await freePort();
  const [server, client] = [join(sandbox.folder, "devpi"), join(sandbox.folder, "devpi-client")];
  mkdirSync(client);
  await must(sandbox, programOf("devpi", "devpi-init"), ["--serverdir", server, "--no-root-pypi"]);
  const args = ["--serverdir", server, "--host", "127.0.0.1", "--port", String(port)];
  // It writes a line for each request, which nobody needs to read.
  const quiet = ["-c", 'exec "$0" "$@" >/dev/null 2>&1', programOf("devpi", "devpi-server"), ...args];
  const contender = await start(sandbox, "devpi", "/bin/sh", quiet, port, "/+api", { without: [".metadata"] });
  const base = `http://127.0.0.1:${port}`;
  const none = { http_proxy: undefined, HTTP_PROXY: undefined, all_proxy: undefined, ALL_PROXY: undefined };
  const run = (...command: string[]): Promise<void> =>
    must(sandbox, programOf("devpi", "devpi"), [...command, "--clientdir", client], none);
  await run("use", base);
  await run("login", "root", "--password=");
  await run("index", "-c", "root/team", "bases=");
  await run("use", "root/team");
  await run("upload", "--from-dir", folder);
  const answer = await fetch(`${base}/+login`, { method: "POST", body: '{"user":"root","password":""}' });
  const { result } = (await answer.json()) as { result: { password: string } };
  const authorization = `Basic ${Buffer.from(`root:${result.password}`).toString("base64")}`;
  return {
    ...{ ...contender, url: `${base}/root/team/+simple/` },
    upload: { url: `${base}/root/team/`, headers: { authorization } },
  };
}

const NGINX_CONFIGURATION = (folder: string, port: number): string => `
${process.getuid?.() === 0 ? "user root;" : ""} worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr error;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  types { text/html html; application/json json; } default_type application/octet-stream;
  map $http_accept $page { default index.html; "${JSON_PAGE}" index.json; }
  server { listen 127.0.0.1:${port}; root ${folder}/root; index $page; }
}`;

/** nginx over files that hold what our own index answers: the least that any server must do. Undefined without nginx. */
export async function nginx(sandbox: Sandbox, from: string): Promise<Contender | undefined> {
  const program = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const folder = join(sandbox.folder, "nginx");
  await mirror(from, join(folder, "root"));
  const port = await freePort();
  const configuration = join(folder, "nginx.conf");
  writeFileSync(configuration, NGINX_CONFIGURATION(folder, port));
  return start(sandbox, "nginx, static", program, ["-p", folder, "-c", configuration], port, "/simple/", {
    without: [],
  });
}

/** Writes an index's pages and files into a folder, each where its address says. */
async function mirror(simple: string, root: string): Promise<void> {
  const save = async (url: URL, name = "", accept = "*/*"): Promise<Buffer> => {
    const bytes = Buffer.from(await (await fetch(url, { headers: { accept } })).arrayBuffer());
    const path = join(root, `${decodeURIComponent(url.pathname)}${name}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return bytes;
  };
  const page = async (url: URL): Promise<readonly URL[]> => {
    await save(url, "index.json", JSON_PAGE);
    const html = (await save(url, "index.html", "text/html")).toString();
    return [...html.matchAll(/href="([^"#]+)[#"]/g)].map(([, href = ""]) => new URL(href, url));
  };
  for (const project of await page(new URL(simple))) {
    for (const file of await page(project)) {
      await save(file);
      if (file.pathname.endsWith(".whl")) await save(new URL(`${file.href}.metadata`));
    }
  }
}

async function must(
  sandbox: Sandbox,
  program: string,
  args: readonly string[],
  settings: Settings = {},
): Promise<void> {
  const { code, output } = await sandbox.run(program, args, { settings });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}:\n${output}`);
}

async function start(
  sandbox: Sandbox,
  name: string,
  program: string,
  args: readonly string[],
  port: number,
  path: string,
  { without, settings }: { without: readonly string[]; settings?: Record<string, string> },
): Promise<Contender> {
  const started = performance.now();
  const process = sandbox.start(program, args, { timeoutMs: LONGEST_MS, ...(settings && { settings }) });
  sandbox.scope.after(() => process.stop());
  const url = `http://127.0.0.1:${port}${path}`;
  await answers(url, process);
  return { name, url, process, start: performance.now() - started, without };
}

async function answers(url: string, process?: Running): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const { ok } = await fetch(url).catch(() => ({ ok: false }));
    if (ok) return;
    if (process?.isRunning() === false) break;
    await sleep(10);
  }
  throw new Error(`${url} does not answer${process === undefined ? "" : `:\n${process.output()}`}`);
}

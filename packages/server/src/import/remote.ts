import { createHash } from "node:crypto";
import { isName, normaliseName, readLinkedFiles, readProjectNames, type LinkedFile } from "@countermark/packaging";
import { ServerError } from "../errors.ts";
import { fetchAnswer, readAll, shown, type Fetching } from "../fetch/fetch.ts";
import type { Candidate, Walk } from "./walk.ts";

/** Most bytes of one page: a list of a million projects. */
const MAX_PAGE_BYTES = 128 * 1024 * 1024;
/** Most bytes of one file. */
const MAX_FILE_BYTES = 8 * 1024 ** 3;
/** Most files of one import: their links are held in memory. */
const MAX_FILES = 1_000_000;
/** Pages that are asked for at a time. */
const PAGES_AT_ONCE = 8;
/** JSON where there is any: it has everything, and is read more surely. */
const ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";
const DISTRIBUTION = /\.(whl|tar\.gz|zip)$/;
/** Hashes that a page may give, the strongest first. All but the last two say something about an attacker, too. */
const ALGORITHMS = ["sha512", "sha384", "sha256", "sha1", "md5"] as const;

/** Another index, by its simple API. */
export interface RemoteIndex {
  /** The list of all projects; ends with a slash. */
  readonly simple: URL;
  /** `user:password` or a token; sent to the index's own origin only. */
  readonly secret: string | undefined;
  /** Hosts (`HOST` or `HOST:PORT`) beside the index's own from which files may come. */
  readonly allowedHosts: readonly string[];
  /** Only these projects; all of them where there are none. */
  readonly projects: readonly string[];
}

/**
 * Finds the files of another index: its list, then each project's page. What lies on a host that nobody has allowed is a
 * candidate that will be refused, so that it is told of.
 * @throws ServerError `UPSTREAM`, `UPSTREAM_HOST`
 */
export async function walkRemote(remote: RemoteIndex, stop: AbortSignal): Promise<Walk> {
  const names = remote.projects.length > 0 ? remote.projects : await projectNames(remote);
  const queue = [...new Set(names.filter(isName).map(normaliseName))].sort().values();
  const candidates: Candidate[] = [];
  let ignored = 0;
  const work = async (): Promise<void> => {
    for (const project of queue) {
      if (stop.aborted) return;
      for (const file of await filesOf(remote, project)) {
        if (!DISTRIBUTION.test(file.filename)) ignored += 1;
        else if (candidates.push(candidateOf(remote, project, file)) > MAX_FILES) throw tooMany();
      }
    }
  };
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, work));
  candidates.sort((a, b) => (a.shown < b.shown ? -1 : 1));
  return { candidates, ignored };
}

/** An address as people give it: the index itself or its list. */
export function simpleUrl(text: string): URL {
  const url = new URL(text.endsWith("/") ? text : `${text}/`);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError("it is no http or https URL");
  if (url.username !== "" || url.password !== "")
    throw new TypeError("it carries credentials: give them by --token-fd");
  if (url.search !== "" || url.hash !== "") throw new TypeError("it has a query or a fragment");
  return url;
}

async function projectNames(remote: RemoteIndex): Promise<readonly string[]> {
  const answer = await page(remote, remote.simple);
  if (answer === undefined) {
    throw new ServerError("UPSTREAM", `there is no list of projects at ${shown(remote.simple)}`, {
      hint: "name the simple address, such as https://index.example.org/simple/ or .../root/team/+simple/",
    });
  }
  return answer(readProjectNames);
}

async function filesOf(remote: RemoteIndex, project: string): Promise<readonly LinkedFile[]> {
  const answer = await page(remote, new URL(`${project}/`, remote.simple));
  return answer === undefined ? [] : answer(readLinkedFiles);
}

type Read<T> = (text: string, type: string, page: URL) => T;

async function page(remote: RemoteIndex, address: URL): Promise<(<T>(read: Read<T>) => T) | undefined> {
  const answer = await fetchAnswer(address, { ...fetching(remote), accept: ACCEPT }, MAX_PAGE_BYTES);
  if (answer === undefined) return undefined;
  const text = (await readAll(answer.body)).toString("utf8");
  return (read) => {
    try {
      return read(text, answer.type, answer.url);
    } catch (cause) {
      if (!(cause instanceof SyntaxError || cause instanceof URIError)) throw cause;
      throw new ServerError("UPSTREAM", `${shown(address)} is no simple page: ${cause.message}`, { cause });
    }
  };
}

function fetching(remote: RemoteIndex): Fetching {
  return { authorization: authorizationOf(remote.secret), mayFollow: (to) => isAllowed(remote, to) };
}

function authorizationOf(secret: string | undefined): string | undefined {
  if (secret === undefined) return undefined;
  return secret.includes(":") ? `Basic ${Buffer.from(secret).toString("base64")}` : `Bearer ${secret}`;
}

/** The index's own origin, and what the operator has allowed; never from HTTPS to HTTP. */
function isAllowed({ simple, allowedHosts }: RemoteIndex, to: URL): boolean {
  if (to.origin === simple.origin) return true;
  if (simple.protocol === "https:" && to.protocol !== "https:") return false;
  return allowedHosts.some((host) => host === to.host || host === to.hostname);
}

function candidateOf(remote: RemoteIndex, project: string, file: LinkedFile): Candidate {
  const { filename, url, hashes, requiresPython, yanked } = file;
  return {
    shown: `${project}/${filename}`,
    filename,
    about: { sha256: hashes.get("sha256"), requiresPython, yanked },
    read: async function* () {
      if (!isAllowed(remote, url)) throw foreign(url);
      const own = url.origin === remote.simple.origin;
      const options = own ? fetching(remote) : { ...fetching(remote), authorization: undefined };
      const answer = await fetchAnswer(url, options, MAX_FILE_BYTES);
      if (answer === undefined) throw new ServerError("UPSTREAM", `${shown(url)} is not there`);
      yield* checked(answer.body, file);
    },
  };
}

/** The body, and at its end a refusal where it is not what the page has announced. */
async function* checked(body: AsyncIterable<Uint8Array>, { url, hashes }: LinkedFile): AsyncIterable<Uint8Array> {
  const algorithm = ALGORITHMS.find((name) => hashes.has(name));
  const hash = algorithm === undefined ? undefined : createHash(algorithm);
  for await (const chunk of body) {
    hash?.update(chunk);
    yield chunk;
  }
  const found = hash?.digest("hex");
  if (algorithm === undefined || found === hashes.get(algorithm)) return;
  throw new ServerError("UPSTREAM_HASH", `${shown(url)} does not have the ${algorithm} that its page gives`, {
    hint: "it was changed on its way or in the other index; nothing of it was kept",
  });
}

function foreign(url: URL): ServerError {
  return new ServerError("UPSTREAM_HOST", `the file lies on another host, ${url.host}`, {
    hint: `if that is meant to be, allow it: --allow-host ${url.host}`,
  });
}

function tooMany(): ServerError {
  return new ServerError("UPSTREAM", `the index has more than ${MAX_FILES} files`, {
    hint: "import by --project, in parts",
  });
}

import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { targetPath } from "@countermark/repository";
import type { Distribution } from "../distributions/distributions.ts";
import { sha256 } from "../distributions/distributions.ts";
import { honest, type Attack, type Upstream } from "./mirror.ts";
import { asksForPage, editedPage, type Page, type PageFile } from "./simple-page.ts";

const DROP_EVERY_MS = 500;

/** Serves other bytes under a file's name, and says so on the page, with hash and size that fit. */
export function replaceFile(project: string, file: Distribution): Attack {
  return async (request, upstream) => {
    if (asksForPage(request, project)) {
      return editedPage(request, upstream, (page) => ({ ...page, files: page.files.map((f) => forge(f, file)) }));
    }
    return isFile(request.path, file.filename) ? bytes(file.bytes) : upstream(request);
  };
}

/** Serves other bytes under a file's name and leaves every page and role as it is. */
export function replaceBytesOnly(file: Distribution): Attack {
  return (request, upstream) =>
    isFile(request.path, file.filename) ? Promise.resolve(bytes(file.bytes)) : upstream(request);
}

/** Adds a file that the index never had to a project's page, and serves it. */
export function addFile(project: string, version: string, file: Distribution): Attack {
  return async (request, upstream) => {
    if (asksForPage(request, project)) return editedPage(request, upstream, (page) => withFile(page, version, file));
    return isFile(request.path, file.filename) ? bytes(file.bytes) : upstream(request);
  };
}

/** Serves another core metadata document for a file, and puts its hash on the page. */
export function replaceMetadata(project: string, filename: string, metadata: Buffer): Attack {
  return async (request, upstream) => {
    if (request.path.endsWith(`${filename}.metadata`)) return bytes(metadata);
    if (!asksForPage(request, project)) return upstream(request);
    const hashes = { sha256: sha256(metadata) };
    return editedPage(request, upstream, (page) => ({
      ...page,
      files: page.files.map((file) =>
        file.filename === filename ? { ...file, "core-metadata": hashes, "data-dist-info-metadata": hashes } : file,
      ),
    }));
  };
}

/** Adds a file to every bin of projects that nobody signs for, without the keys to sign it. */
export function addToBins(project: string, file: Distribution): Attack {
  const path = targetPath(project, file.filename);
  const target = { length: file.bytes.length, hashes: { sha256: sha256(file.bytes) } };
  return async (request, upstream) => {
    const answer = await upstream(request);
    if (!/\.unclaimed\.[0-9a-f]+\.json$/.test(request.path)) return answer;
    const role = JSON.parse(answer.body.toString()) as { signed: { targets: Record<string, unknown> } };
    const [model] = Object.values(role.signed.targets);
    role.signed.targets[path] = { ...(model ?? {}), ...target };
    return { ...answer, body: Buffer.from(JSON.stringify(role)) };
  };
}

/** Several attacks at once: each sees the index as the ones before it left it. */
export function allOf(...attacks: readonly Attack[]): Attack {
  return attacks.reduce(
    (before, attack) => (request, upstream) => {
      const altered: Upstream = async (inner) => {
        const { status, type, body } = await before(inner, upstream);
        return { status, type, body: body instanceof Readable ? Buffer.concat(await body.toArray()) : body };
      };
      return attack(request, altered);
    },
    honest,
  );
}

/** Serves one document for every path that matches. */
export function replaceAnswer(path: RegExp, body: Buffer): Attack {
  return (request, upstream) => (path.test(request.path) ? Promise.resolve(bytes(body)) : upstream(request));
}

/** Answers 404 for every path that matches. */
export function withhold(path: RegExp): Attack {
  return (request, upstream) =>
    path.test(request.path)
      ? Promise.resolve({ status: 404, type: "text/plain", body: Buffer.from("not found") })
      : upstream(request);
}

/** Never stops sending for every path that matches. */
export function endless(path: RegExp): Attack {
  return streaming(path, () => Readable.from(withoutEnd()));
}

/** Never begins to answer for every path that matches, and never hangs up. */
export function stalling(path: RegExp): Attack {
  return streaming(path, () => new Readable({ read: () => undefined }));
}

/** Sends one byte now and then for every path that matches: never silent for long, and never done. */
export function dripping(path: RegExp): Attack {
  return streaming(path, () => Readable.from(drop()));
}

function streaming(path: RegExp, body: () => Readable): Attack {
  return (request, upstream) =>
    path.test(request.path)
      ? Promise.resolve({ status: 200, type: "application/json", body: body() })
      : upstream(request);
}

/** Answers as the index did earlier, of which an attacker kept a copy. */
export class Recording {
  readonly #answers = new Map<string, Buffer>();

  /** Passes everything on and keeps a copy of each good answer; pages are kept apart by form. */
  readonly record: Attack = async (request, upstream) => {
    const answer = await upstream(request);
    if (answer.status === 200) this.#answers.set(keyOf(request.path, request.accept), answer.body);
    return answer;
  };

  /** Replays what was recorded for every path that matches, and passes the rest on. */
  replay(path: RegExp): Attack {
    return async (request, upstream) => {
      const old = path.test(request.path) ? this.#answers.get(keyOf(request.path, request.accept)) : undefined;
      if (old === undefined) return upstream(request);
      const { type } = await upstream(request);
      return { status: 200, type, body: old };
    };
  }

  /** The latest recorded answer whose path matches. */
  latest(path: RegExp): Buffer {
    const found = [...this.#answers].findLast(([key]) => path.test(key));
    if (found === undefined) throw new Error(`nothing like ${path.source} was recorded`);
    return found[1];
  }
}

function keyOf(path: string, accept: string): string {
  return path.startsWith("/simple/") ? `${path} ${accept.includes("json") ? "json" : "html"}` : path;
}

function isFile(path: string, filename: string): boolean {
  const last = path.slice(path.lastIndexOf("/") + 1);
  return last === filename || last.replace(/^[0-9a-f]{64}\./, "") === filename;
}

function bytes(body: Buffer): { status: 200; type: string; body: Buffer } {
  return { status: 200, type: "application/octet-stream", body };
}

/** The page's entry for a file, with other content; no separate metadata, so that installers look into the file. */
function forge(entry: PageFile, file: Distribution): PageFile {
  if (entry.filename !== file.filename) return entry;
  const forged = { ...entry, hashes: { sha256: sha256(file.bytes) }, size: file.bytes.length };
  delete forged["core-metadata"];
  delete forged["data-dist-info-metadata"];
  return forged;
}

function withFile(page: Page, version: string, file: Distribution): Page {
  const model = page.files[0];
  if (model === undefined) return page;
  const url = model.url.slice(0, model.url.lastIndexOf("/") + 1) + file.filename;
  const entry = forge({ ...model, filename: file.filename, url }, file);
  return { ...page, versions: [...(page.versions ?? []), version], files: [...page.files, entry] };
}

async function* drop(): AsyncGenerator<Buffer> {
  for (;;) {
    yield Buffer.from(" ");
    await sleep(DROP_EVERY_MS);
  }
}

function* withoutEnd(): Generator<Buffer> {
  const spaces = Buffer.alloc(64 * 1024, 0x20);
  for (;;) yield spaces;
}

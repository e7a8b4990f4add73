import {
  compareVersions,
  parseVersion,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  type PageFile,
  type ProjectPage,
  type SimpleMediaType,
} from "@countermark/packaging";
import { fileUrl } from "@countermark/repository";
import { entitySize, makeEntity, type Entity } from "../http/entity.ts";
import type { Made, PublishedCache } from "../http/published.ts";
import type { IndexStore, StoredFile } from "../storage/index-store.ts";

/** Names of the three forms in the cache. */
const FORMS = {
  "application/vnd.pypi.simple.v1+json": "json",
  "application/vnd.pypi.simple.v1+html": "html-v1",
  "text/html": "html",
} as const satisfies Record<SimpleMediaType, string>;

/** Pages are asked for anew each time and answered with 304: a withdrawal must not wait in somebody's cache. */
const CACHE_CONTROL = "no-cache";
/** What one file costs in a map of files. */
const FILE_BYTES = 700;

/** The simple pages of an index, made from rows once for each change. */
export class SimplePages {
  readonly #store: IndexStore;
  readonly #cache: PublishedCache;

  constructor(store: IndexStore, cache: PublishedCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** A project's page, or undefined for a project without files. */
  project(name: string, type: SimpleMediaType): Promise<Entity | undefined> | Entity {
    return this.#cache.ofProject(name, FORMS[type], async () => {
      const files = await this.files(name);
      if (files === undefined) return undefined;
      const page = projectPage(name, [...files.values()]);
      return makePage(
        type === "application/vnd.pypi.simple.v1+json" ? renderProjectJson(page) : renderProjectHtml(page),
        type,
      );
    });
  }

  /** The list of all projects. */
  async root(type: SimpleMediaType): Promise<Entity> {
    const made = await this.#cache.ofIndex(FORMS[type], async () => {
      const root = { projects: await this.#store.projects() };
      return makePage(
        type === "application/vnd.pypi.simple.v1+json" ? renderRootJson(root) : renderRootHtml(root),
        type,
      );
    });
    if (made === undefined) throw new Error("the list of projects is always there");
    return made;
  }

  /** The visible files of a project by name. */
  files(name: string): Promise<ReadonlyMap<string, StoredFile> | undefined> | ReadonlyMap<string, StoredFile> {
    return this.#cache.ofProject(name, "files", async () => {
      const files = await this.#store.visibleFiles(name);
      if (files === undefined) return undefined;
      return { value: new Map(files.map((file) => [file.filename, file])), size: files.length * FILE_BYTES };
    });
  }
}

async function makePage(text: string, type: SimpleMediaType): Promise<Made<Entity>> {
  const full = type === "application/vnd.pypi.simple.v1+json" ? type : `${type}; charset=utf-8`;
  const value = await makeEntity(text, { type: full, cacheControl: CACHE_CONTROL, vary: "Accept" });
  return { value, size: entitySize(value) };
}

function projectPage(name: string, files: readonly StoredFile[]): ProjectPage {
  const versions = [...new Set(files.map(({ version }) => version))];
  const parsed = new Map(versions.map((version) => [version, parseVersion(version)]));
  const order = (a: string, b: string): number => {
    const [first, second] = [parsed.get(a), parsed.get(b)];
    return first === undefined || second === undefined ? 0 : compareVersions(first, second);
  };
  const sorted = [...files].sort((a, b) => order(a.version, b.version) || (a.filename < b.filename ? -1 : 1));
  return { name, versions: versions.sort(order), files: sorted.map(pageFile) };
}

/** Addresses are relative to the page, so that they hold behind any proxy and under any name. */
function pageFile(file: StoredFile): PageFile {
  return {
    filename: file.filename,
    url: `../../${fileUrl(file.project, file.filename)}`,
    sha256: file.sha256,
    size: file.length,
    uploadTime: file.uploadTime,
    ...(file.requiresPython !== undefined && { requiresPython: file.requiresPython }),
    ...(file.yanked !== undefined && { yanked: file.yanked === "" ? true : file.yanked }),
    ...(file.coreMetadata !== undefined && { coreMetadata: file.coreMetadata }),
  };
}

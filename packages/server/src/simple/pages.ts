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
import {
  fileUrl,
  leaveOut,
  standingOf,
  type ProjectWish,
  type Standing,
  type StatusShard,
} from "@countermark/repository";
import { entitySize, makeEntity, type Entity } from "../http/entity.ts";
import type { Made, PublishedCache } from "../http/published.ts";
import type { IndexStore, VisibleFile } from "../storage/index-store.ts";
import { statusOf, wishOf, type StandingPorts } from "./standing.ts";

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
  readonly #standing: StandingPorts;

  /** `shards`: how many the index has. */
  constructor(store: IndexStore, cache: PublishedCache, shards: number) {
    this.#store = store;
    this.#cache = cache;
    this.#standing = { store, settings: { shards } };
  }

  /** A project's page, or undefined for a project that has none. */
  project(name: string, type: SimpleMediaType): Promise<Entity | undefined> | Entity {
    return this.#cache.ofProject(name, FORMS[type], async () => {
      const offered = await this.offered(name);
      if (offered === undefined) return undefined;
      const page = projectPage(name, offered);
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

  /** The files that are served of a project, by name: visible and not withdrawn. */
  async files(name: string): Promise<ReadonlyMap<string, VisibleFile> | undefined> {
    return (await this.offered(name))?.files;
  }

  /** What a project offers, and how it stands (PEP 792). */
  offered(name: string): Promise<Offered | undefined> | Offered {
    return this.#cache.ofProject(name, "files", async () => {
      const visible = await this.#store.visibleFiles(name);
      if (visible === undefined) return undefined;
      const offered = offer(name, visible, await statusOf(this.#standing, name), await wishOf(this.#standing, name));
      return { value: offered, size: visible.length * FILE_BYTES };
    });
  }
}

/** What a project offers. */
export interface Offered {
  readonly files: ReadonlyMap<string, VisibleFile>;
  readonly standing: Standing;
}

/** A project that is quarantined or withdrawn offers nothing; no installer acts on its status by itself. */
function offer(
  project: string,
  visible: readonly VisibleFile[],
  status: StatusShard,
  wish: ProjectWish | undefined,
): Offered {
  const standing = standingOf(status, project, wish);
  const stopped = standing.status === "quarantined" || standing.status === "withdrawn";
  const { files } = leaveOut(status, project, stopped ? [] : visible);
  return { standing, files: new Map(files.map((file) => [file.filename, file])) };
}

async function makePage(text: string, type: SimpleMediaType): Promise<Made<Entity>> {
  const full = type === "application/vnd.pypi.simple.v1+json" ? type : `${type}; charset=utf-8`;
  const value = await makeEntity(text, { type: full, cacheControl: CACHE_CONTROL, vary: "Accept" });
  return { value, size: entitySize(value) };
}

function projectPage(name: string, offered: Offered): ProjectPage {
  const { reason, status } = offered.standing;
  const versions = sortedVersions(offered.files.values());
  const rank = new Map(versions.map((version, position) => [version, position]));
  const files = [...offered.files.values()].map((file) => ({ file, rank: rank.get(file.version) ?? 0 }));
  files.sort((a, b) => a.rank - b.rank || (a.file.filename < b.file.filename ? -1 : 1));
  const folder = `../../${fileUrl(name, "")}`;
  return {
    name,
    // PEP 792 knows no withdrawal: to installers it is the same.
    status: { status: status === "withdrawn" ? "quarantined" : status, ...(reason !== "" && { reason }) },
    versions,
    files: files.map(({ file }) => pageFile(file, folder)),
  };
}

/** Each version once, each read once, in the order of PEP 440. */
function sortedVersions(files: Iterable<VisibleFile>): readonly string[] {
  const texts = new Set<string>();
  for (const { version } of files) texts.add(version);
  const versions = [...texts].map((text) => ({ text, version: parseVersion(text) }));
  return versions.sort((a, b) => compareVersions(a.version, b.version)).map(({ text }) => text);
}

/** Addresses are relative to the page, so that they hold behind any proxy and under any name. */
function pageFile(file: VisibleFile, folder: string): PageFile {
  const { filename, sha256, length: size, uploadTime, requiresPython, yanked, coreMetadata } = file;
  return {
    ...{ filename, url: folder + encodeURIComponent(filename), sha256, size, uploadTime },
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked: yanked === "" ? true : yanked }),
    ...(coreMetadata !== undefined && { coreMetadata }),
  };
}

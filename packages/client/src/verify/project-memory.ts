import {
  judgeChange,
  type KnownProject,
  type Owners,
  type ProjectListing,
  type Protection,
} from "@countermark/repository";
import { ClientError } from "../errors.ts";
import type { RoleLoader } from "./role-loader.ts";
import type { HandedOut, ProjectRow, SeenUnder, TrustStore } from "./state/trust-store.ts";

/** Who stood behind each project when it was last seen, what was installed of it, and what a user should hear of it. */
export class ProjectMemory {
  readonly warnings: string[] = [];
  readonly #repositoryId: string;
  readonly #store: TrustStore;
  readonly #under: SeenUnder;
  #seen = new Map<string, ProjectRow & SeenUnder>();
  #handedOut: HandedOut[] = [];

  constructor(repositoryId: string, store: TrustStore, under: SeenUnder) {
    this.#under = under;
    this.#repositoryId = repositoryId;
    this.#store = store;
  }

  /**
   * Compares a verified listing with what is remembered (docs/spec/floors.md, continuity), then remembers it.
   * @throws ClientError `CONTINUITY`
   */
  see(listing: ProjectListing, roles: RoleLoader): void {
    const { project } = listing;
    const row = this.#store.project(this.#repositoryId, project);
    // That a project is gone is the same, to who knew its owners, as that it is nobody's: the listing says "unclaimed".
    if (row === undefined && !listing.exists) return;
    const present = presentOf(listing, roles);
    if (row !== undefined) this.#judge(project, this.#known(project, row), present);
    const next = toRow(present);
    if (!sameRow(row, next)) this.#seen.set(project, { ...next, ...this.#under });
  }

  /** Notes that a file is about to be given to an installer. */
  handOut(project: string, filename: string, sha256: string): void {
    if (this.#store.handedOut(this.#repositoryId, project).get(filename) === sha256) return;
    this.#handedOut.push({ project, filename, sha256 });
  }

  /** Writes what was seen since the last time to the trusted state. */
  flush(): void {
    this.#store.remember(this.#repositoryId, { projects: this.#seen, handedOut: this.#handedOut });
    // Only now: what could not be written is tried again the next time.
    this.#seen = new Map();
    this.#handedOut = [];
  }

  #known(project: string, { protection, epoch, owners }: ProjectRow): KnownProject {
    return {
      protection: protection as Protection,
      epoch,
      files: this.#store.handedOut(this.#repositoryId, project),
      // What this client wrote itself: anything else is a damaged state, and crashes.
      ...(owners !== null && { owners: JSON.parse(owners) as Owners }),
    };
  }

  #judge(project: string, known: KnownProject, present: KnownProject): void {
    const { verdict, reason } = judgeChange(project, known, present);
    if (verdict === "refuse") throw broken(reason);
    if (verdict === "warn") this.warnings.push(reason);
  }
}

function presentOf({ protection, owners, files }: ProjectListing, roles: RoleLoader): KnownProject {
  if (roles.layout === undefined) throw new TypeError("a project is listed before the roles that list it are loaded");
  return {
    protection,
    epoch: roles.layout.epoch,
    files: new Map(files.map(({ filename, sha256 }) => [filename, sha256])),
    ...(owners !== undefined && { owners }),
  };
}

function toRow({ protection, epoch, owners }: KnownProject): ProjectRow {
  if (owners === undefined) return { protection, epoch, owners: null };
  const { keys, threshold } = owners;
  return { protection, epoch, owners: JSON.stringify({ keys, threshold }) };
}

function sameRow(a: ProjectRow | undefined, b: ProjectRow): boolean {
  return a?.protection === b.protection && a.epoch === b.epoch && a.owners === b.owners;
}

function broken(reason: string): ClientError {
  return new ClientError("CONTINUITY", reason, {
    hint: "this is how a broken-in index looks to somebody who has seen the project before; ask its operator and its developers",
  });
}

import {
  describeNewReleasers,
  equalOwners,
  judgeChange,
  keySetOf,
  projectRole,
  RepositoryError,
  seenRole,
  traceOwners,
  type KnownProject,
  type Owners,
  type ProjectDraft,
  type ProjectListing,
  type Protection,
  type SeenRole,
} from "@countermark/repository/verifying";
import { TufError } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { RoleLoader } from "./role-loader.ts";
import type { ProjectRow, SeenUnder, TrustStore } from "./state/trust-store.ts";
import type { Unwritten } from "./state/unwritten.ts";

/** Who stood behind each project when it was last seen, what was installed of it, and what a user should hear of it. */
export class ProjectMemory {
  readonly warnings: string[] = [];
  readonly #repositoryId: string;
  readonly #store: TrustStore;
  readonly #under: SeenUnder;
  readonly #unwritten: Unwritten;

  constructor(repositoryId: string, store: TrustStore, unwritten: Unwritten, under: SeenUnder) {
    this.#under = under;
    this.#unwritten = unwritten;
    this.#repositoryId = repositoryId;
    this.#store = store;
  }

  /**
   * Compares a verified listing with what is remembered (docs/spec/floors.md, continuity), then remembers it.
   * @throws ClientError `CONTINUITY`; `INDEX_INCOMPLETE` where a version of `p.` is withheld that leads from the known
   *   owners to the present ones
   */
  async see(listing: ProjectListing, roles: RoleLoader): Promise<void> {
    const { project } = listing;
    const row = this.#store.project(this.#repositoryId, project);
    // That a project is gone is the same, to who knew its owners, as that it is nobody's: the listing says "unclaimed".
    if (row === undefined && !listing.exists) return;
    const present = presentOf(listing, roles);
    const known = row && this.#known(project, row);
    const trace = await traceOf(listing, roles, known, present);
    if (known !== undefined) this.#judge(project, known, present, trace);
    const next = toRow(present);
    if (!sameRow(row, next)) this.#unwritten.seeProject(project, { ...next, ...this.#under });
  }

  /** Notes that a file is about to be given to an installer. */
  handOut(project: string, filename: string, sha256: string): void {
    if (this.#store.handedOut(this.#repositoryId, project).get(filename) === sha256) return;
    this.#unwritten.handOut({ project, filename, sha256 });
  }

  #known(project: string, { protection, epoch, owners }: ProjectRow): KnownProject {
    return {
      protection: protection as Protection,
      epoch,
      files: this.#store.handedOut(this.#repositoryId, project),
      // What this client wrote itself: anything else is a damaged state, and crashes.
      ...(owners !== null && readOwners(owners)),
    };
  }

  #judge(project: string, known: KnownProject, present: KnownProject, trace: readonly ProjectDraft[]): void {
    const { verdict, reason } = judgeChange(project, known, present, trace);
    if (verdict === "refuse") throw broken(reason);
    // Labels in it are the owners' words, of any characters.
    if (verdict === "warn") this.warnings.push(printable(reason));
    const releasers = known.p && describeNewReleasers(trace);
    if (releasers !== undefined) this.warnings.push(printable(releasers));
  }
}

function presentOf({ project, protection, owners, files, withdrawn }: ProjectListing, roles: RoleLoader): KnownProject {
  if (roles.layout === undefined) throw new TypeError("a project is listed before the roles that list it are loaded");
  const p = owners && roles.envelope(projectRole(project));
  return {
    protection,
    epoch: roles.layout.epoch,
    files: new Map(files.map(({ filename, sha256 }) => [filename, sha256])),
    ...(owners !== undefined && { owners }),
    ...(p !== undefined && { p: seenRole(p) }),
    ...(p !== undefined && files.length + withdrawn.length === 0 && { deleted: true }),
  };
}

/**
 * What the owners themselves say of how the project came from what is known to what stands: nothing where nobody owns it.
 * Where nothing is known it begins with the owners that the delegation names, so that what lies ahead of it was agreed on.
 */
async function traceOf(
  { project, chain, owners }: ProjectListing,
  roles: RoleLoader,
  known: KnownProject | undefined,
  present: KnownProject,
): Promise<readonly ProjectDraft[]> {
  const [name, shard] = [projectRole(project), roles.envelope(chain[2] ?? "")?.signed];
  const p = roles.envelope(name);
  const delegated = shard?.delegations && keySetOf(shard.delegations, name);
  if (owners === undefined || p === undefined || delegated === undefined || roles.layout === undefined) return [];
  const cleared = known?.protection === "recently-claimed" && present.epoch > known.epoch;
  const { owners: before, p: seen } = (cleared ? undefined : known) ?? {};
  const start = { owners: before ?? owners, ...(seen !== undefined && { p: seen }) };
  const load = (version: number): Promise<Uint8Array> =>
    roles.olderVersion(name, version, version === seen?.version ? seen.sha256 : undefined);
  try {
    return await traceOwners({ project, p, delegated, sharding: roles.layout.sharding, start, load });
  } catch (error) {
    if (!(error instanceof RepositoryError || error instanceof TufError)) throw error;
    const others = before !== undefined && !equalOwners(before, owners);
    const what = others
      ? `${project} has other owners than before, and nothing shows that the old ones agreed`
      : `the owners' role of ${project} does not follow from the one before`;
    throw broken(`${what}: ${error.message}`);
  }
}

function readOwners(json: string): Pick<KnownProject, "owners" | "p"> {
  const { p, ...owners } = JSON.parse(json) as Owners & { readonly p?: SeenRole };
  return { owners, ...(p !== undefined && { p }) };
}

function toRow({ protection, epoch, owners, p }: KnownProject): ProjectRow {
  if (owners === undefined) return { protection, epoch, owners: null };
  const { keys, threshold } = owners;
  return { protection, epoch, owners: JSON.stringify({ keys, threshold, p }) };
}

function sameRow(a: ProjectRow | undefined, b: ProjectRow): boolean {
  return a?.protection === b.protection && a.epoch === b.epoch && a.owners === b.owners;
}

function broken(reason: string): ClientError {
  return new ClientError("CONTINUITY", reason, {
    hint: "this is how a broken-in index looks to somebody who has seen the project before; ask its operator and its developers",
  });
}

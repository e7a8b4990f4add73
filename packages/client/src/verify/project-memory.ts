import { projectRole, shardOf, shardRole, type ProjectListing, type Protection } from "@countermark/repository";
import { encodeJson, parseJson, readPublicKey, type JsonObject } from "@countermark/tuf";
import { requireContinuity, type Owners, type Standing } from "./continuity.ts";
import type { RoleLoader } from "./role-loader.ts";
import type { ProjectRow, TrustStore } from "./state/trust-store.ts";

/** Who stood behind each project when it was last seen, and what a user should hear of it. */
export class ProjectMemory {
  readonly warnings: string[] = [];
  readonly #repositoryId: string;
  readonly #store: TrustStore;
  #seen = new Map<string, ProjectRow>();

  constructor(repositoryId: string, store: TrustStore) {
    this.#repositoryId = repositoryId;
    this.#store = store;
  }

  /**
   * Compares a verified listing with what is remembered, then remembers it.
   * @throws ClientError `CONTINUITY`
   */
  see(listing: ProjectListing, roles: RoleLoader): void {
    const { project } = listing;
    if (!listing.exists) return this.#seeAbsent(project, roles);
    this.#see(project, standingOf(listing, roles), roles);
  }

  /** Writes what was seen since the last time to the trusted state. */
  flush(): void {
    const projects = this.#seen;
    this.#seen = new Map();
    this.#store.remember(this.#repositoryId, { projects });
  }

  /** That a project is gone is the same, to who knew its owners, as that it is nobody's. */
  #seeAbsent(project: string, roles: RoleLoader): void {
    if (this.#store.project(this.#repositoryId, project) === undefined) return;
    this.#see(project, { protection: "unclaimed", epoch: roles.layout?.epoch ?? 0 }, roles);
  }

  #see(project: string, present: Standing, roles: RoleLoader): void {
    const row = this.#store.project(this.#repositoryId, project);
    const ownersFile = roles.envelope(projectRole(project));
    const warning = requireContinuity(project, row && fromRow(row), present, ownersFile);
    if (warning !== undefined) this.warnings.push(warning);
    const next = toRow(present);
    if (!sameRow(row, next)) this.#seen.set(project, next);
  }
}

function standingOf({ project, protection }: ProjectListing, roles: RoleLoader): Standing {
  const { sharding, epoch } = roles.layout ?? never();
  if (protection !== "claimed" && protection !== "recently-claimed") return { protection, epoch };
  const delegations = roles.envelope(shardRole(protection, shardOf(sharding, project)))?.signed.delegations;
  const role = delegations?.roles.get(projectRole(project));
  if (delegations === undefined || role === undefined) return never();
  const keys = new Map([...delegations.keys].filter(([keyId]) => role.keyIds.includes(keyId)));
  return { protection, epoch, owners: { keys, threshold: role.threshold } };
}

function never(): never {
  throw new TypeError("a project is listed before the roles that list it are loaded");
}

function toRow({ protection, epoch, owners }: Standing): ProjectRow {
  if (owners === undefined) return { protection, epoch, owners: null };
  const keys = new Map([...owners.keys].map(([keyId, { json }]) => [keyId, json]));
  const text = encodeJson(
    new Map<string, JsonObject | number>([
      ["keys", keys],
      ["threshold", owners.threshold],
    ]),
  );
  return { protection, epoch, owners: Buffer.from(text).toString() };
}

function fromRow({ protection, epoch, owners }: ProjectRow): Standing {
  const standing = { protection: protection as Protection, epoch };
  return owners === null ? standing : { ...standing, owners: readOwners(owners) };
}

/** What this client wrote itself: anything else is a mistake of ours, or a damaged state, and crashes. */
function readOwners(text: string): Owners {
  const owners = parseJson(Buffer.from(text)) as JsonObject;
  const keys = [...(owners.get("keys") as JsonObject)];
  return {
    keys: new Map(keys.map(([keyId, json]) => [keyId, readPublicKey(keyId, json as JsonObject)])),
    threshold: owners.get("threshold") as number,
  };
}

function sameRow(a: ProjectRow | undefined, b: ProjectRow): boolean {
  return a?.protection === b.protection && a.epoch === b.epoch && a.owners === b.owners;
}

import { compareVersions, parseDistributionFilename, parseVersion, type Version } from "@countermark/packaging/naming";
import type { Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { readLayout } from "../layout/layout.ts";
import { projectPattern } from "../layout/paths.ts";
import { projectRole, releaseRole, sealedFilesRole } from "../layout/role-names.ts";
import { shardOf, shardRole, type ShardedRole } from "../layout/sharding.ts";
import { decodeStatus, type ProjectStatus, type StatusShard } from "../status/status.ts";
import { readWish, type ProjectWish } from "../claimed/wish.ts";
import { decodeReleaseFile, type ReleaseFile } from "../wire/release-file.ts";
import { requireCeremony } from "../floors/ceremony.ts";
import { readClaimFloors, requireClaimFloor } from "../floors/claim-floors.ts";
import { ownersOf, type Owners } from "./owners.ts";
import { filesOfProject } from "./files-of-project.ts";

/** Who stands behind a project's files, from the strongest to the weakest. */
export type Protection = "claimed" | "sealed" | "recently-claimed" | "unclaimed";

/**
 * Loads one role along one delegating edge: its file is there, verified against the delegator's keys and threshold,
 * and its shape checked (`checkShape`). Rejects otherwise; there is no "absent". `targets` has the delegator `root`.
 */
export type LoadRole = (role: string, delegator: string) => Promise<Targets>;

/** What the verified roles say of a project. */
export interface ProjectListing {
  readonly project: string;
  readonly protection: Protection;
  /** False when it is verified that nobody lists the project. */
  readonly exists: boolean;
  /** The roles from `targets` to the one that lists the files. */
  readonly chain: readonly string[];
  /** Who may say who releases; of claimed and recently claimed projects only. */
  readonly owners?: Owners;
  /** The files that may be installed, by name. */
  readonly files: readonly ReleaseFile[];
  /** Files that the operator withdrew, left out of `files`. */
  readonly withdrawn: readonly { readonly filename: string; readonly reason: string }[];
  readonly standing: Standing;
  /** Identities of keys that count for nothing in this project's roles, with reasons. */
  readonly withdrawnKeys: ReadonlyMap<string, string>;
}

/** PEP 792's states, and the operator's withdrawal of a whole project. */
export interface Standing {
  readonly status: ProjectStatus | "withdrawn";
  readonly reason: string;
  /** Who says so, where it is not the operator. */
  readonly by?: "releasers";
}

/** Where the walk found the role that lists a project's files. */
interface Found {
  readonly protection: Protection;
  readonly chain: readonly string[];
  readonly owners?: Owners;
  /** `undefined`: a claimed project whose owners have let nobody release yet. */
  readonly role: Targets | undefined;
}

/**
 * Lists a project: the first terminating delegation that matches is the whole list, else the entries of its
 * `unclaimed` shard; never a union. Whatever is missing or invalid on the way rejects: never the next role.
 */
export async function listProject(loadRole: LoadRole, project: string): Promise<ProjectListing> {
  const layout = readLayout(await loadRole("targets", "root"));
  const load: LoadRole = async (name, delegator) => {
    const role = await loadRole(name, delegator);
    requireCeremony(name, role, layout);
    return role;
  };
  const shard = shardOf(layout.sharding, project);
  const status = await loadStatus(load, shard);
  const found =
    (await findClaim(load, "claimed", shard, project)) ??
    (await findSeal(load, shard, project)) ??
    (await findClaim(load, "recently-claimed", shard, project)) ??
    (await findUnclaimed(load, shard));
  const all = [...(found.role === undefined ? [] : filesOfProject(found.role, project))].map(([path, entry]) =>
    decodeReleaseFile(path, entry),
  );
  return {
    project,
    protection: found.protection,
    exists: found.protection !== "unclaimed" || all.length > 0,
    chain: found.chain,
    ...(found.owners !== undefined && { owners: found.owners }),
    withdrawnKeys: new Map([...status.keys, ...(status.projectKeys.get(project) ?? [])]),
    standing: standingOf(status, project, wishOf(found)),
    ...leaveOut(status, project, all),
  };
}

async function loadStatus(load: LoadRole, shard: string): Promise<StatusShard> {
  await load("status", "targets");
  const name = shardRole("status", shard);
  return decodeStatus(await load(name, "status"), name);
}

async function loadShard(load: LoadRole, role: ShardedRole, shard: string): Promise<Targets> {
  await load(role, "targets");
  return await load(shardRole(role, shard), role);
}

async function findClaim(
  load: LoadRole,
  protection: "claimed" | "recently-claimed",
  shard: string,
  project: string,
): Promise<Found | undefined> {
  const shardName = shardRole(protection, shard);
  const claims = await loadShard(load, protection, shard);
  const p = projectRole(project);
  const owners = ownersOf(claims.delegations, p);
  if (owners === undefined) return undefined;
  const floor = protection === "claimed" ? readClaimFloors(claims, shardName).get(project) : undefined;
  const chain = ["targets", protection, shardName, p];
  const ownersRole = await load(p, shardName);
  requireClaimFloor(floor, p, ownersRole);
  const r = releaseRole(project);
  if (ownersRole.delegations?.roles.has(r) !== true) return { protection, chain, owners, role: undefined };
  const role = await load(r, p);
  requireClaimFloor(floor, r, role);
  return { protection, chain: [...chain, r], owners, role };
}

async function findSeal(load: LoadRole, shard: string, project: string): Promise<Found | undefined> {
  const shardName = shardRole("sealed", shard);
  const seals = await loadShard(load, "sealed", shard);
  const filesRole = sealedFilesRole(shard);
  const patterns = seals.delegations?.roles.get(filesRole)?.paths ?? [];
  if (!patterns.includes(projectPattern(project))) return undefined;
  const chain = ["targets", "sealed", shardName, filesRole];
  return { protection: "sealed", chain, role: await load(filesRole, shardName) };
}

async function findUnclaimed(load: LoadRole, shard: string): Promise<Found> {
  const chain = ["targets", "unclaimed", shardRole("unclaimed", shard)];
  return { protection: "unclaimed", chain, role: await loadShard(load, "unclaimed", shard) };
}

/** What the releasers say of the project. In a list that others keep, the member means nothing. */
function wishOf({ chain, role }: Found): ProjectWish | undefined {
  const name = chain.at(-1) ?? "";
  return role !== undefined && name.startsWith("r.") ? readWish(role, name) : undefined;
}

/** What the operator says of a project as a whole; where they say nothing, what its releasers say. */
export function standingOf(status: StatusShard, project: string, wish?: ProjectWish): Standing {
  const withdrawn = status.projects.get(project);
  if (withdrawn !== undefined) return { status: "withdrawn", reason: withdrawn };
  const stated = status.states.get(project);
  if (stated !== undefined) return stated;
  return wish === undefined ? { status: "active", reason: "" } : { ...wish, by: "releasers" };
}

/** A project's files without those that the operator withdrew, which come with the reason. */
export function leaveOut<T extends Pick<ReleaseFile, "filename" | "sha256">>(
  status: StatusShard,
  project: string,
  all: readonly T[],
): { readonly files: readonly T[]; readonly withdrawn: ProjectListing["withdrawn"] } {
  const releases = [...(status.releases.get(project) ?? [])].map(
    ([text, reason]) => [parseVersion(text), reason] as const,
  );
  const files: T[] = [];
  const withdrawn: { filename: string; reason: string }[] = [];
  for (const file of all) {
    const reason = status.files.get(file.sha256) ?? reasonFor(file, releases);
    if (reason === undefined) files.push(file);
    else withdrawn.push({ filename: file.filename, reason });
  }
  return { files, withdrawn };
}

/** Versions are compared, not spellings: to withdraw 1.0 is to withdraw 1.0.0, for installers take them for one. */
function reasonFor(
  file: Pick<ReleaseFile, "filename">,
  releases: readonly (readonly [Version, string])[],
): string | undefined {
  if (releases.length === 0) return undefined;
  const { version } = parseDistributionFilename(file.filename);
  return releases.find(([withdrawn]) => compareVersions(withdrawn, version) === 0)?.[1];
}

/**
 * Whether an installer may be given anything of a project at all.
 * @throws RepositoryError `PROJECT_REFUSED` when the operator withdrew or quarantined it
 */
export function requireInstallable(listing: ProjectListing): void {
  const { status, reason } = listing.standing;
  if (status !== "withdrawn" && status !== "quarantined") return;
  const why = reason === "" ? "" : `: ${reason}`;
  throw new RepositoryError("PROJECT_REFUSED", `${listing.project} is ${status} by the index${why}`);
}

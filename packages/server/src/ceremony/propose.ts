import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeBundle,
  MAX_BUNDLE_AGE_MS,
  urgentClaims,
  formatSeen,
  makeSharding,
  parseState,
  projectRole,
  releaseRole,
  shardRole,
  splitTargetPath,
  type Bundle,
  type ProfileName,
  type ProposedClaim,
  type RoleRecord,
  type ShardedRole,
} from "@countermark/repository";
import { encodeJson, jsonObject, readTargets, type Targets } from "@countermark/tuf";
import { systemClock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { PublisherLock } from "../publisher/lock.ts";
import { record, type Roles } from "../publisher/signed-roles.ts";
import { exists, writeWholeFile } from "../storage/durable.ts";
import { offeredRoles } from "./renew.ts";

/** The state that the last ceremony has seen, one project a line. Holders know its Merkle root: a copy is enough here. */
export const STATE_FILE = "ceremony-state.txt";

/** What was proposed. */
export interface Proposed {
  readonly bundle: string;
  readonly claims: number;
  readonly bytes: number;
  /** Claimed projects that let somebody go: until the ceremony the index alone keeps those keys from counting. */
  readonly urgent: readonly string[];
}

/**
 * Writes what the holders of the offline keys are to decide about, as one file, and holds the proposed projects until it is
 * applied, let go, or too old to be signed: their owners may change once more, by the word of those who stood then.
 * Nobody publishes in between, so that what is proposed is what is held.
 */
export async function proposeCeremony(data: string, out: string, clock = systemClock): Promise<Proposed> {
  const index = await openIndex(data);
  try {
    return await new PublisherLock(index.paths.publisherLock).hold(async () => {
      const now = clock();
      const bundle = await makeBundle(index, now);
      const file = encodeBundle(bundle);
      await writeWholeFile(out, file, { replace: false });
      const held = bundle.claims.map(({ project, p }) => [project, versionOf(p.at(-1))] as const);
      await index.store.holdClaims(new Map(held), now + MAX_BUNDLE_AGE_MS);
      return { bundle: out, claims: bundle.claims.length, bytes: file.byteLength, urgent: urgentClaims(bundle.claims) };
    });
  } finally {
    await index.store.close();
  }
}

/** Lets everything go that a proposal holds: the bundle that was written is worth nothing any more. */
export async function letGo(data: string): Promise<void> {
  const index = await openIndex(data);
  try {
    await index.store.holdClaims(new Map(), 0);
  } finally {
    await index.store.close();
  }
}

function versionOf(p: Uint8Array = new Uint8Array()): number {
  return readTargets(p).signed.version;
}

/** All that a ceremony decides about, as it stands. */
export async function makeBundle(index: OpenIndex, now: number): Promise<Bundle> {
  const { store, settings, paths } = index;
  const roles: Roles = new Map((await store.roles()).map((role) => [role.name, role]));
  const previous = await readState(paths.folder);
  return {
    repository: settings.repositoryId,
    profile: settings.profile as ProfileName,
    proposed: Math.floor(now / 1000) * 1000,
    ...(await offeredRoles(index, roles.values())),
    previous,
    unclaimed: await unclaimedLines(index, roles),
    claims: await proposedClaims(index, roles, previous),
  };
}

/** Where the state lies. */
export function stateFile(folder: string): string {
  return join(folder, STATE_FILE);
}

async function readState(folder: string): Promise<readonly string[]> {
  const path = stateFile(folder);
  if (!(await exists(path))) return [];
  return (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
}

/** A digest over each project's entries, as its bin lists them. */
async function unclaimedLines({ store, settings }: OpenIndex, roles: Roles): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const shard of makeSharding(settings.shards).shards) {
    const { targets } = await roleOf(store, record(roles, shardRole("unclaimed", shard)));
    const projects = Map.groupBy(targets, ([path]) => splitTargetPath(path).project);
    for (const [project, entries] of projects) {
      const content = jsonObject(Object.fromEntries(entries.map(([path, { hashes }]) => [path, hashes.get("sha256")])));
      const files = createHash("sha256").update(encodeJson(content)).digest("hex");
      lines.push(formatSeen({ project, standing: "unclaimed", files }));
    }
  }
  return lines.sort();
}

/** Every recent claim, and every claim that is not as the last ceremony saw it. */
async function proposedClaims(
  { store, settings }: OpenIndex,
  roles: Roles,
  previous: readonly string[],
): Promise<readonly ProposedClaim[]> {
  const seen = parseState(previous);
  const claims = new Map<string, ProposedClaim>();
  const handled = new Set<string>();
  for (const standing of ["claimed", "recently-claimed"] as const) {
    for (const project of await claimsOf(store, roles, standing, makeSharding(settings.shards).shards)) {
      if (handled.has(project)) continue;
      handled.add(project);
      const [p, r] = [record(roles, projectRole(project)), record(roles, releaseRole(project))];
      const known = seen.get(project);
      const there = known !== undefined && known.standing !== "unclaimed" ? known : undefined;
      if (standing === "claimed" && there?.p.sha256 === p.sha256 && there.r.sha256 === r.sha256) continue;
      const chain: Uint8Array[] = [];
      for (let version = there?.p.version ?? 1; version <= p.version; version += 1) {
        chain.push(await bytesOf(store, p.name, version));
      }
      claims.set(project, { project, standing, p: chain, r: await bytesOf(store, r.name, r.version) });
    }
  }
  // A claim that was promoted may still stand in the online list: it is claimed.
  return [...claims.values()].sort((a, b) => (a.project < b.project ? -1 : 1));
}

async function claimsOf(
  store: OpenIndex["store"],
  roles: Roles,
  role: ShardedRole,
  shards: readonly string[],
): Promise<readonly string[]> {
  const projects: string[] = [];
  for (const shard of shards) {
    const { delegations } = await roleOf(store, record(roles, shardRole(role, shard)));
    for (const name of delegations?.roles.keys() ?? []) projects.push(name.slice("p.".length));
  }
  return projects;
}

async function roleOf(store: OpenIndex["store"], { name, version }: RoleRecord): Promise<Targets> {
  return readTargets(await bytesOf(store, name, version)).signed;
}

async function bytesOf(store: OpenIndex["store"], name: string, version: number): Promise<Uint8Array> {
  const bytes = await store.roleFile(name, version);
  if (bytes !== undefined) return bytes;
  throw new ServerError("DATA_DAMAGED", `the database has lost version ${version} of the role ${name}`);
}

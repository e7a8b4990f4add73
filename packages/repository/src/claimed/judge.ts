import { makeDelegations, type Delegations, type Envelope, type PublicKey, type Targets } from "@countermark/tuf";
import { projectPattern } from "../layout/paths.ts";
import { projectRole, releaseRole } from "../layout/role-names.ts";
import { developerDelegation } from "../layout/shape.ts";
import { describeRoleFile, type RoleContent, type RoleFile } from "../publisher/role-file.ts";
import type { Changes, Judge, Present } from "../transactions/changes.ts";
import { blobsOf } from "../transactions/files.ts";
import { protectionOf } from "../transactions/standing.ts";
import { decodeReleaseFile } from "../wire/release-file.ts";
import type { ProjectStanding } from "../wire/api/transactions.ts";
import { checkTransaction, type CheckedTransaction } from "./check/check.ts";
import { readOffer } from "./check/roles.ts";
import type { ReceivedBlob, Situation } from "./check/situation.ts";
import { withLeft } from "./left-keys.ts";
import type { KeySet } from "./owners-field.ts";
import { decodeProjectPayload } from "./payload.ts";

/** What the check of project transactions cannot find out by itself. */
export type ProjectPorts = Pick<Situation, "requireAdmissible" | "ciProjectOf">;

/** The judge of `project` transactions: roles that developers signed, and what the index signs beside them. */
export function makeProjectJudge(ports: ProjectPorts): Judge {
  return (payload, present) => {
    const { p, r, received } = decodeProjectPayload(payload);
    const situation = situationOf(present, received, ports);
    const checked = checkTransaction(readOffer({ ...(p && { p }), ...(r && { r }) }), situation);
    return changesOf(checked, situation, present);
  };
}

/** How a project stands for its publishers. */
export function publishersStanding(present: Present): ProjectStanding {
  const protection = protectionOf(present);
  if (protection !== "unclaimed") return protection;
  return unclaimedPaths(present).length === 0 ? "none" : "unclaimed";
}

/** The state before a transaction, as the checks look at it. */
export function situationOf(
  present: Present,
  received: readonly ReceivedBlob[],
  { requireAdmissible, ciProjectOf }: ProjectPorts,
): Situation {
  const { project, sharding, lifetimes, now, names, status, p, r } = present;
  const files = unclaimedPaths(present).map((path) => {
    const entry = present.unclaimed.get(path);
    if (entry === undefined) throw new TypeError(`${path} vanished`);
    return decodeReleaseFile(path, entry);
  });
  return {
    ...{ project, sharding, lifetimes, now, names },
    standing: publishersStanding(present),
    delegated: delegatedOf(present),
    held: present.held,
    p: p?.role,
    r: r?.role,
    unclaimed: new Map(files.map((file) => [file.filename, file])),
    withdrawn: new Map([...status.keys, ...(status.projectKeys.get(project) ?? [])]),
    received: new Map(received.map((blob) => [blob.filename, blob])),
    ...{ requireAdmissible, ciProjectOf },
  };
}

function unclaimedPaths({ project, unclaimed }: Present): readonly string[] {
  const folder = projectPattern(project).slice(0, -1);
  return [...unclaimed.keys()].filter((path) => path.startsWith(folder));
}

function delegatedOf({ project, claimed, recentlyClaimed }: Present): KeySet | undefined {
  const name = projectRole(project);
  const claim = [claimed, recentlyClaimed].find(({ delegations }) => delegations?.roles.has(name) === true);
  return claim?.delegations && keySetOf(claim.delegations, name);
}

/** The keys and threshold that a delegation names. */
export function keySetOf({ keys, roles }: Delegations, name: string): KeySet | undefined {
  const role = roles.get(name);
  if (role === undefined) return undefined;
  return { keys: role.keyIds.flatMap((keyId) => keys.get(keyId) ?? []), threshold: role.threshold };
}

function changesOf(checked: CheckedTransaction, situation: Situation, present: Present): Changes {
  const { project } = present;
  const signed = [
    ...(checked.p === undefined ? [] : [signedRole(projectRole(project), checked.p)]),
    signedRole(releaseRole(project), checked.r),
  ];
  const online = situation.standing !== "claimed" && checked.ownersChanged;
  return {
    signed,
    ...(online && { recentlyClaimed: withClaims(present.recentlyClaimed, new Map([[project, checked.owners]])) }),
    ...(checked.left.length > 0 && { status: withLeft(present.status, project, checked.left) }),
    unlist: unclaimedPaths(present),
    blobs: checked.added.flatMap(blobsOf),
  };
}

function signedRole(
  name: string,
  role: Envelope<Targets>,
): { readonly file: RoleFile; readonly role: Envelope<Targets> } {
  const { bytes, signed } = role;
  return { file: describeRoleFile(name, signed.version, signed.expires, bytes), role };
}

/** A shard's claims with those of some projects given to these owners. Keys that nobody has any more go. */
export function withClaims(shard: RoleContent, owners: ReadonlyMap<string, KeySet>): RoleContent {
  const claims = [...owners].map(([project, { keys, threshold }]) => {
    const { name, pattern, terminating } = developerDelegation(projectRole(project), project);
    return { name, keyIds: keys.map(({ keyId }) => keyId), threshold, paths: [pattern], terminating };
  });
  const given = new Set(claims.map(({ name }) => name));
  const others = [...(shard.delegations?.roles.values() ?? [])].filter(({ name }) => !given.has(name));
  const known = new Map<string, PublicKey>([
    ...(shard.delegations?.keys ?? []),
    ...[...owners.values()].flatMap(({ keys }) => keys.map((key) => [key.keyId, key] as const)),
  ]);
  const used = new Set([...others, ...claims].flatMap(({ keyIds }) => keyIds));
  const delegations = makeDelegations({
    keys: [...known.values()].filter(({ keyId }) => used.has(keyId)),
    roles: [...others, ...claims].sort((a, b) => (a.name < b.name ? -1 : 1)),
  });
  return { ...shard, delegations };
}

/** The shard without the claims of some projects. */
export function withoutClaims(shard: RoleContent, projects: readonly string[]): RoleContent {
  const { delegations, ...rest } = shard;
  if (delegations === undefined) return shard;
  const gone = new Set(projects.map(projectRole));
  const roles = [...delegations.roles.values()].filter(({ name }) => !gone.has(name));
  if (roles.length === delegations.roles.size) return shard;
  if (roles.length === 0) return rest;
  const used = new Set(roles.flatMap(({ keyIds }) => keyIds));
  const keys = [...delegations.keys.values()].filter(({ keyId }) => used.has(keyId));
  return {
    ...rest,
    delegations: makeDelegations({ keys, roles: roles.map(({ paths, ...role }) => ({ ...role, paths: paths ?? [] })) }),
  };
}

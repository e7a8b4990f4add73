import {
  makeDelegations,
  makeRoot,
  makeTargets,
  type PublicKey,
  type Root,
  type RoleKeys,
  type Signer,
  type Targets,
  type TopLevelRole,
} from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { LAYOUT_VERSION, layoutFields, LAYOUT_FIELDS, type Layout } from "../layout/layout.ts";
import type { Lifetimes } from "../layout/lifetimes.ts";
import { shardDelegation, topDelegation } from "../layout/shape.ts";
import { makeSharding, SHARDED_ROLES, shardRole, type ShardedRole } from "../layout/sharding.ts";
import { publish } from "../publisher/publish.ts";
import { makeRoleFile, NOTHING, type RoleContent, type RoleFile } from "../publisher/role-file.ts";
import type { OnlineSigners } from "../publisher/signers.ts";
import { NO_WITHDRAWALS, statusContent } from "../status/status.ts";
import { unclaimedBin } from "../unclaimed/bin.ts";

/** Keys of one offline duty: every holder's signer, and how many of them must sign. */
export interface Holders {
  readonly signers: readonly Signer[];
  readonly threshold: number;
}

/** The offline keys of a repository. */
export interface OfflineHolders {
  /** People: they name every other key. */
  readonly root: Holders;
  /** People: they sign `targets`, `claimed`, `sealed` and `unclaimed`. */
  readonly targets: Holders;
  /** File keys of the ceremony machines: they sign the shards of `claimed` and `sealed`, by the thousand. */
  readonly shards: Holders;
}

/** What the first ceremony starts from. */
export interface FirstCeremonyInput {
  readonly offline: OfflineHolders;
  readonly online: OnlineSigners;
  readonly lifetimes: Lifetimes;
  /** 16, 256, 4,096 or 65,536; fixed for the life of the repository. */
  readonly shards: number;
  readonly now: number;
}

/** A repository that stands, and lists nothing yet. */
export interface FirstCeremony {
  readonly root: RoleFile;
  /** All targets roles, offline and online. */
  readonly roles: readonly RoleFile[];
  readonly snapshot: RoleFile;
  readonly timestamp: RoleFile;
}

/**
 * Makes a new repository: the whole role tree of docs/spec/roles.md, every role empty, every role signed.
 * @throws RepositoryError `CEREMONY` when thresholds cannot be met, `SHARDING`
 */
export async function firstCeremony(input: FirstCeremonyInput): Promise<FirstCeremony> {
  Object.values(input.offline).forEach(checkHolders);
  const layout = { version: LAYOUT_VERSION, sharding: makeSharding(input.shards), ceremony: 1, epoch: 0 };
  const root = await makeRoleFile("root", makeFirstRoot(input), input.offline.root.signers);
  const signed = await signOffline(input, layout);
  const contents = onlineContents(input, layout);
  const state = { roles: new Map(), snapshotVersion: 0, timestampVersion: 0 };
  const { online: signers, lifetimes, now } = input;
  return { root, ...(await publish({ state, contents, signed, signers, lifetimes, now })) };
}

function checkHolders({ signers, threshold }: Holders): void {
  const distinct = new Set(signers.map(({ publicKey }) => publicKey.identity)).size;
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > distinct) {
    throw new RepositoryError("CEREMONY", `a threshold of ${threshold} cannot be met by ${distinct} distinct keys`);
  }
}

function publicKeys(holders: Holders): readonly PublicKey[] {
  return holders.signers.map(({ publicKey }) => publicKey);
}

function roleKeys(holders: Holders): RoleKeys {
  return { keyIds: publicKeys(holders).map(({ keyId }) => keyId), threshold: holders.threshold, unknown: new Map() };
}

function alone(signer: Signer): Holders {
  return { signers: [signer], threshold: 1 };
}

function makeFirstRoot({ offline, online, lifetimes, now }: FirstCeremonyInput): Root {
  const duties: readonly [TopLevelRole, Holders][] = [
    ["root", offline.root],
    ["targets", offline.targets],
    ["snapshot", alone(online.snapshot)],
    ["timestamp", alone(online.timestamp)],
  ];
  const keys = duties.flatMap(([, holders]) => publicKeys(holders));
  return makeRoot({
    version: 1,
    expires: now + lifetimes.root,
    keys: new Map(keys.map((key) => [key.keyId, key])),
    roles: new Map(duties.map(([role, holders]) => [role, roleKeys(holders)])),
    consistentSnapshot: true,
  });
}

type Keys = Pick<FirstCeremonyInput, "offline" | "online">;

/** Who signs the sharded role itself. */
function holdersOf(role: ShardedRole, { offline, online }: Keys): Holders {
  if (role === "status") return alone(online.status);
  return role === "recently-claimed" ? alone(online.recentlyClaimed) : offline.targets;
}

/** Who signs the shards of a role. */
function shardHoldersOf(role: ShardedRole, keys: Keys): Holders {
  if (role === "claimed" || role === "sealed") return keys.offline.shards;
  return role === "unclaimed" ? alone(keys.online.unclaimed) : holdersOf(role, keys);
}

function delegateToShards(role: ShardedRole, keys: Keys, { sharding }: Layout): RoleContent {
  const holders = shardHoldersOf(role, keys);
  const roles = sharding.shards.map((shard) => {
    const { name, pattern, terminating } = shardDelegation(role, shard);
    return { ...roleKeys(holders), name, paths: [pattern], terminating };
  });
  return { ...NOTHING, delegations: makeDelegations({ keys: publicKeys(holders), roles }) };
}

/** `targets`, `claimed`, `sealed` and `unclaimed`, and the empty shards of `claimed` and `sealed`. */
async function signOffline(input: FirstCeremonyInput, layout: Layout): Promise<readonly RoleFile[]> {
  const common = { version: 1, expires: input.now + input.lifetimes.offline };
  const ceremony = new Map([[LAYOUT_FIELDS.ceremony, layout.ceremony]]);
  const people = input.offline.targets.signers;
  const files = [await makeRoleFile("targets", makeTopTargets(input, layout), people)];
  for (const role of ["claimed", "sealed", "unclaimed"] as const) {
    const content = delegateToShards(role, input, layout);
    files.push(await makeRoleFile(role, makeTargets({ ...common, ...content, unknown: ceremony }), people));
  }
  // One signature serves every empty shard: a targets role does not carry its own name.
  const empty = makeTargets({ ...common, unknown: ceremony });
  for (const role of ["claimed", "sealed"] as const) {
    const signed = await makeRoleFile(role, empty, shardHoldersOf(role, input).signers);
    for (const shard of layout.sharding.shards) files.push({ ...signed, name: shardRole(role, shard) });
  }
  return files;
}

function makeTopTargets(input: FirstCeremonyInput, layout: Layout): Targets {
  const roles = SHARDED_ROLES.map((role) => {
    const { name, pattern, terminating } = topDelegation(role);
    return { ...roleKeys(holdersOf(role, input)), name, paths: [pattern], terminating };
  });
  const keys = SHARDED_ROLES.flatMap((role) => publicKeys(holdersOf(role, input)));
  return makeTargets({
    version: 1,
    expires: input.now + input.lifetimes.offline,
    delegations: makeDelegations({ keys: [...new Map(keys.map((key) => [key.keyId, key])).values()], roles }),
    unknown: layoutFields(layout),
  });
}

/** What the index itself signs from the start: `status`, `recently-claimed` and their shards, and the empty bins. */
function onlineContents(input: FirstCeremonyInput, layout: Layout): ReadonlyMap<string, RoleContent> {
  const contents = new Map<string, RoleContent>();
  for (const role of ["status", "recently-claimed"] as const) contents.set(role, delegateToShards(role, input, layout));
  for (const shard of layout.sharding.shards) {
    contents.set(shardRole("status", shard), statusContent(NO_WITHDRAWALS));
    contents.set(shardRole("recently-claimed", shard), NOTHING);
    contents.set(shardRole("unclaimed", shard), unclaimedBin([]));
  }
  return contents;
}

import { createHash } from "node:crypto";
import {
  describeRoleFile,
  firstCeremony,
  makeSharding,
  PROFILES,
  shardOf,
  type FirstCeremony,
  type OnlineSigners,
} from "@countermark/repository";
import { holdersOf, newOfflineKeys } from "../src/signing/offline.ts";
import { newOnlineKeys, signersOf } from "../src/signing/online.ts";
import type { IndexSettings, NewFile, Publication } from "../src/storage/index-store.ts";

/** When the tests' indexes are made. */
export const NOW = Date.parse("2026-06-01T00:00:00Z");
export const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;
export const SHARDS = 16;

/** A first ceremony with all its keys. */
export interface Made {
  readonly first: FirstCeremony;
  readonly online: OnlineSigners;
  readonly settings: IndexSettings;
  readonly publication: Publication;
}

/** Makes a repository of 16 shards that lists nothing. */
export async function makeRepository(now = NOW): Promise<Made> {
  const offline = newOfflineKeys();
  const online = signersOf(newOnlineKeys());
  const holders = holdersOf(offline.root.signer, offline.targets.signer, offline.shards.signer);
  const first = await firstCeremony({ offline: holders, online, lifetimes: PROFILES.default, shards: SHARDS, now });
  const settings: IndexSettings = {
    repositoryId: first.root.sha256,
    name: "Test",
    publicUrl: undefined,
    profile: "default",
    shards: SHARDS,
    createdAt: now,
  };
  const roles = [first.root, ...first.roles, first.snapshot, first.timestamp];
  return { first, online, settings, publication: { basedOn: 0, at: now, roles, files: [] } };
}

/** A row of a file, as an import would make it. */
export function newFile(project: string, version = "1.0", more: Partial<NewFile> = {}): NewFile {
  const filename = `${project.replaceAll("-", "_")}-${version}-py3-none-any.whl`;
  return {
    project,
    shard: shardOf(makeSharding(SHARDS), project),
    filename,
    folded: filename.toLowerCase(),
    kind: "wheel",
    version,
    sha256: createHash("sha256").update(filename).digest("hex"),
    length: 1000,
    uploadTime: NOW,
    requiresPython: ">=3.9",
    coreMetadata: undefined,
    yanked: undefined,
    adopted: true,
    ...more,
  };
}

/** A publication of made-up role files: stores do not look into them. */
export function publication(
  basedOn: number,
  files: readonly number[] = [],
  roles: readonly string[] = [],
): Publication {
  const version = basedOn + 1;
  const role = (name: string) => describeRoleFile(name, version, NOW + DAY, Buffer.from(`${name} ${version}`));
  return { basedOn, at: NOW + basedOn * HOUR, roles: [...roles, "snapshot", "timestamp"].map(role), files };
}

import { createHash } from "node:crypto";
import {
  decodeFiles,
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
import type { Acceptance, IndexSettings, IndexStore, NewFile, Publication } from "../src/storage/index-store.ts";
import type { StoredTransaction } from "../src/storage/transactions.ts";
import { fileOf } from "../src/publisher/release-file.ts";
import { TransactionSeal } from "../src/publisher/seal.ts";
import { submitFiles } from "../src/publisher/submit.ts";

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
  return {
    first,
    online,
    settings,
    publication: { basedOn: 0, at: now, roles, decisions: [], rows: [], projects: [] },
  };
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

/** Seals what tests accept. */
export const SEAL = new TransactionSeal(Buffer.alloc(32, 7));

/** Takes files in, each as a transaction of its own. */
export function accept(store: IndexStore, files: readonly NewFile[], seal = SEAL): Promise<readonly Acceptance[]> {
  return submitFiles({ store, seal }, files, { by: "operator", acceptedAt: NOW });
}

/** A publication of made-up role files: stores do not look into them. It publishes waiting `files` transactions. */
export function publication(
  basedOn: number,
  transactions: readonly StoredTransaction[] = [],
  roles: readonly string[] = [],
): Publication {
  const version = basedOn + 1;
  const role = (name: string) => describeRoleFile(name, version, NOW + DAY, Buffer.from(`${name} ${version}`));
  const shardOfProject = (project: string): string => shardOf(makeSharding(SHARDS), project);
  return {
    basedOn,
    at: NOW + basedOn * HOUR,
    roles: [...roles, "snapshot", "timestamp"].map(role),
    decisions: transactions.map(({ id }) => ({ id, outcome: "published" })),
    rows: transactions.flatMap(({ project, payload }) =>
      decodeFiles(project, payload).map((file) => ({
        change: "list" as const,
        file: fileOf(project, shardOfProject(project), file),
      })),
    ),
    projects: [...new Set(transactions.map(({ project }) => project))].map((project) => ({
      project,
      shard: shardOfProject(project),
      protection: "unclaimed",
    })),
  };
}

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import {
  checkShape,
  listProject,
  makeSharding,
  PROFILES,
  RepositoryError,
  type Judge,
  type LoadRole,
  type ProjectListing,
} from "@countermark/repository";
import { TrustedSet } from "@countermark/tuf";
import { PublisherLock } from "../../src/publisher/lock.ts";
import { Publisher } from "../../src/publisher/publisher.ts";
import type { IndexStore } from "../../src/storage/index-store.ts";
import { makeRepository, newFile, NOW, SEAL, SHARDS, type Made } from "../fixtures.ts";
import { MemoryIndexStore } from "../storage/memory-store.ts";

export const folder = await mkdtemp(join(tmpdir(), "countermark-publisher-"));
after(() => rm(folder, { recursive: true, force: true }));

export const made = await makeRepository();
let locks = 0;

/** A publisher over a store in memory, with a clock that the test moves. */
export interface Bench {
  readonly store: MemoryIndexStore;
  readonly publisher: Publisher;
  readonly clock: { now: number };
}

/** A repository that lists nothing. */
export async function bench(of: Made = made): Promise<Bench> {
  const store = new MemoryIndexStore();
  await store.found(of.settings, of.publication);
  const clock = { now: NOW };
  return { store, clock, publisher: publisherOf(store, clock, of) };
}

/** Another publisher of a store. */
export function publisherOf(store: IndexStore, clock: { now: number }, { online }: Made = made): Publisher {
  const lock = new PublisherLock(join(folder, `${(locks += 1)}.lock`));
  const blobs = { sizes: (all: readonly string[]) => Promise.resolve(all.map(() => newFile("flask").length)) };
  return new Publisher({
    ...{ store, blobs, signers: online, lifetimes: PROFILES.default, shards: SHARDS, lock },
    ...{ seal: SEAL, judgeProject: notJudged, clock: () => clock.now },
  });
}

const notJudged: Judge = () => {
  throw new RepositoryError("TRANSACTION", "no project has keys here");
};

/** A TUF client that starts from the first root and believes nothing else: what it lists of a project. */
export async function verified(store: IndexStore, project: string, now: number): Promise<readonly string[]> {
  return (await listed(store, project, now)).files.map(({ filename }) => filename);
}

/** The same with all that is signed of the project. */
export async function listed(store: IndexStore, project: string, now: number): Promise<ProjectListing> {
  const trusted = TrustedSet.open(made.first.root.bytes, now);
  const file = async (name: string, version: number): Promise<Uint8Array> => {
    const bytes = await store.roleFile(name, version);
    assert.ok(bytes !== undefined, `${version}.${name}.json is missing`);
    return bytes;
  };
  const timestamp = trusted.updateTimestamp((await store.timestamp()).bytes).signed;
  const { meta } = trusted.updateSnapshot(await file("snapshot", timestamp.snapshot.version)).signed;
  const load: LoadRole = async (role, delegator) => {
    const known = trusted.role(delegator, role);
    if (known !== undefined) return known.signed;
    const bytes = await file(role, meta.get(role)?.version ?? 0);
    const { signed } =
      role === "targets" ? trusted.updateTargets(bytes) : trusted.updateDelegated(bytes, role, delegator);
    checkShape(role, signed, makeSharding(SHARDS));
    return signed;
  };
  return listProject(load, project);
}

import {
  contentOf,
  dueRoles,
  isDue,
  onlineRoleOf,
  publish,
  RepositoryError,
  shardRole,
  signTimestamp,
  type Lifetimes,
  type OnlineSigners,
  type PublishedState,
  type RoleContent,
  type RoleFile,
  type RoleRecord,
} from "@countermark/repository";
import { TufError } from "@countermark/tuf";
import type { Clock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { IndexStore, Publication, StoredFile } from "../storage/index-store.ts";
import { nextBin } from "./bins.ts";
import type { PublisherLock } from "./lock.ts";

/** Accepted files taken into one publication. */
export const MAX_FILES_PER_PUBLICATION = 2000;
/** Roles signed anew in one publication. */
const MAX_RENEWALS_PER_PUBLICATION = 1000;
/** How long superseded role files stay for clients that still read an older snapshot: TRUST.md asks for a day. */
const KEEP_SUPERSEDED_MS = 48 * 60 * 60 * 1000;
/** Races that one publication may lose. Only a publisher without the lock can win one against us. */
const MAX_RACES = 10;

/** What the publisher works with. */
export interface PublisherPorts {
  readonly store: IndexStore;
  readonly blobs: Pick<BlobStore, "size">;
  readonly signers: OnlineSigners;
  readonly lifetimes: Lifetimes;
  readonly lock: PublisherLock;
  readonly clock: Clock;
}

/** What one step did. */
export interface Published {
  readonly files: readonly StoredFile[];
  /** Roles signed, timestamp included; 0 when there was nothing to do. */
  readonly signed: number;
}

const NOTHING_DONE: Published = { files: [], signed: 0 };

/**
 * Turns accepted files into signed roles, and keeps every online role fresh. One step of it is: read the state, plan,
 * sign, and commit by the store's compare-and-set. Killed before the commit it has done nothing, after it everything:
 * the next step, of whatever process, takes up what is there. Recovery is this same code.
 */
export class Publisher {
  readonly #ports: PublisherPorts;

  constructor(ports: PublisherPorts) {
    this.#ports = ports;
  }

  /** Publishes what is accepted and renews what is due, until nothing is left to do. */
  async run(onStep: (step: Published) => void = () => undefined): Promise<void> {
    for (;;) {
      const step = await this.step();
      if (step.signed === 0) return;
      onStep(step);
    }
  }

  /** One publication at most. */
  step(): Promise<Published> {
    return this.#untilApplied(() => this.#attempt());
  }

  /** Publishes roles that others have signed on top of what stands: at a ceremony, a root among them. */
  publishSigned(sign: (current: Iterable<RoleRecord>) => Promise<readonly RoleFile[]>): Promise<void> {
    return this.#untilApplied(async () => {
      const { store, clock, signers, lifetimes } = this.#ports;
      const current = await this.#roles();
      const signed = await sign(current.values());
      const now = clock();
      const [state, contents] = [publishedState(current), new Map<string, RoleContent>()];
      const listed = signed.filter(({ name }) => name !== "root");
      const made = await publish({ state, contents, signed: listed, signers, lifetimes, now });
      const roles = [...signed, made.snapshot, made.timestamp];
      const basedOn = record(current, "timestamp").version;
      return (await store.publish({ basedOn, at: now, roles, files: [] })) || undefined;
    }).then(() => undefined);
  }

  /** Holds the lock and tries until the compare-and-set of the store says yes. */
  #untilApplied<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    return this.#ports.lock.hold(async () => {
      for (let race = 0; race < MAX_RACES; race += 1) {
        const done = await attempt();
        if (done !== undefined) return done;
      }
      throw new ServerError("BUSY", "other publishers were always faster", {
        hint: "see which countermark-server commands run on this data folder",
      });
    });
  }

  async #roles(): Promise<Roles> {
    return new Map((await this.#ports.store.roles()).map((role) => [role.name, role]));
  }

  /** The time from which `run` has something to renew. */
  async nextRenewal(): Promise<number> {
    const { store, lifetimes } = this.#ports;
    let next = Infinity;
    for (const { name, expires } of await store.roles()) {
      const lifetime = onlineLifetime(name, lifetimes);
      if (lifetime !== undefined) next = Math.min(next, expires - lifetime / 2);
    }
    return next;
  }

  async #attempt(): Promise<Published | undefined> {
    const { store, clock, lifetimes } = this.#ports;
    const now = clock();
    const current = await this.#roles();
    const files = await store.accepted(MAX_FILES_PER_PUBLICATION);
    const plan = await this.#plan(current, files, now);
    if (plan === undefined) return NOTHING_DONE;
    const basedOn = record(current, "timestamp").version;
    const publication: Publication = { basedOn, at: now, roles: plan, files: files.map(({ id }) => id) };
    if (!(await store.publish(publication))) return undefined;
    // A mirror may hold on to a timestamp as long as it is valid, and hand out the snapshot of that day.
    await store.sweep(now - Math.max(KEEP_SUPERSEDED_MS, lifetimes.timestamp));
    return { files, signed: plan.length };
  }

  async #plan(current: Roles, files: readonly StoredFile[], now: number): Promise<readonly RoleFile[] | undefined> {
    const { signers, lifetimes } = this.#ports;
    const [snapshot, timestamp] = [record(current, "snapshot"), record(current, "timestamp")];
    const contents = await this.#contents(current, files, now);
    const state = publishedState(current);
    if (contents.size > 0 || isDue(snapshot.expires, lifetimes.online, now)) {
      const made = await publish({ state, contents, signed: [], signers, lifetimes, now });
      return [...made.roles, made.snapshot, made.timestamp];
    }
    if (!isDue(timestamp.expires, lifetimes.timestamp, now)) return undefined;
    return [await signTimestamp({ state, signers, lifetimes, now }, snapshot)];
  }

  /** What is signed in this publication: the bins of new files, and whatever is due, as it was. */
  async #contents(current: Roles, files: readonly StoredFile[], now: number): Promise<Map<string, RoleContent>> {
    const { lifetimes } = this.#ports;
    const contents = new Map<string, RoleContent>();
    for (const file of files) await this.#requireBlob(file);
    for (const [shard, added] of Map.groupBy(files, (file) => file.shard)) {
      contents.set(shardRole("unclaimed", shard), await this.#bin(current, shard, added));
    }
    const due = dueRoles(current.values(), lifetimes, now).filter((name) => !contents.has(name));
    for (const name of due.slice(0, MAX_RENEWALS_PER_PUBLICATION)) {
      contents.set(name, await this.#signed(record(current, name)));
    }
    return contents;
  }

  /** No digest is signed for the first time that leads to nothing: the database alone cannot bring a file in. */
  async #requireBlob({ filename, sha256, length }: StoredFile): Promise<void> {
    if ((await this.#ports.blobs.size(sha256)) === length) return;
    throw new ServerError("DATA_DAMAGED", `the database takes in ${filename}, whose content is not in the store`, {
      hint: "nothing was signed; import the file again, or restore the data folder from a backup",
    });
  }

  async #bin(current: Roles, shard: string, added: readonly StoredFile[]): Promise<RoleContent> {
    const signed = await this.#signed(record(current, shardRole("unclaimed", shard)));
    const { version } = record(current, "timestamp");
    const rows = await this.#ports.store.filesOfShard(shard, new Set());
    // What another publisher has shown since is not in the bin that was read: this publication will not be applied.
    const published = rows.filter(({ publishedIn = Infinity }) => publishedIn <= version);
    return nextBin({ shard, signed, published, added });
  }

  /** What the index has signed as this role, and no one else. */
  async #signed(role: RoleRecord): Promise<RoleContent> {
    try {
      return contentOf(role, await this.#bytes(role), this.#ports.signers);
    } catch (error) {
      if (!(error instanceof TufError || error instanceof RepositoryError)) throw error;
      throw new ServerError(
        "DATA_DAMAGED",
        `the database holds a role that this index did not sign: ${error.message}`,
        {
          hint: "nothing was signed; somebody else may have written to the database: restore it from a backup",
          cause: error,
        },
      );
    }
  }

  async #bytes({ name, version }: RoleRecord): Promise<Uint8Array> {
    const bytes = await this.#ports.store.roleFile(name, version);
    if (bytes !== undefined) return bytes;
    throw new ServerError("DATA_DAMAGED", `the database has lost version ${version} of the role ${name}`);
  }
}

type Roles = ReadonlyMap<string, RoleRecord>;

function record(roles: Roles, name: string): RoleRecord {
  const found = roles.get(name);
  if (found === undefined) throw new ServerError("DATA_DAMAGED", `the database has lost the role ${name}`);
  return found;
}

function publishedState(current: Roles): PublishedState {
  const listed = [...current].filter(([name]) => !["root", "snapshot", "timestamp"].includes(name));
  return {
    roles: new Map(listed),
    snapshotVersion: record(current, "snapshot").version,
    timestampVersion: record(current, "timestamp").version,
  };
}

/** For how long a role that the index signs is signed; undefined for every other role. */
export function onlineLifetime(name: string, lifetimes: Lifetimes): number | undefined {
  if (name === "timestamp") return lifetimes.timestamp;
  return name === "snapshot" || onlineRoleOf(name) !== undefined ? lifetimes.online : undefined;
}

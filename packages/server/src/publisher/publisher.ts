import {
  dueRoles,
  isDue,
  onlineRoleOf,
  publish,
  signTimestamp,
  shardRole,
  withoutClaims,
  type Judge,
  type Lifetimes,
  type OnlineSigners,
  type PublishedState,
  type RoleContent,
  type RoleFile,
  type RoleRecord,
} from "@countermark/repository";
import type { Clock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { IndexStore } from "../storage/index-store.ts";
import type { Decision, Outcome } from "../storage/transactions.ts";
import { judgeBatch, type Judged } from "./batch.ts";
import type { PublisherLock } from "./lock.ts";
import type { TransactionSeal } from "./seal.ts";
import { record, SignedRoles, type Roles } from "./signed-roles.ts";

/** Transactions judged for one publication. */
export const MAX_TRANSACTIONS_PER_PUBLICATION = 2000;
/** Roles signed anew in one publication. */
const MAX_RENEWALS_PER_PUBLICATION = 1000;
/** How long superseded role files stay for clients that still read an older snapshot: TRUST.md asks for a day. */
const KEEP_SUPERSEDED_MS = 48 * 60 * 60 * 1000;
/** Races that one publication may lose. Only a publisher without the lock can win one against us. */
const MAX_RACES = 10;

/** What the publisher works with. */
export interface PublisherPorts {
  readonly store: IndexStore;
  readonly blobs: Pick<BlobStore, "sizes">;
  readonly signers: OnlineSigners;
  readonly lifetimes: Lifetimes;
  readonly seal: TransactionSeal;
  /** Judges what developers sign. */
  readonly judgeProject: Judge;
  /** How many shards each sharded role has. */
  readonly shards: number;
  readonly lock: PublisherLock;
  readonly clock: Clock;
}

/** What one step did. */
export interface Published {
  /** What was decided of waiting transactions. */
  readonly decisions: readonly Decision[];
  /** Roles signed, timestamp included; 0 when there was nothing to do. */
  readonly signed: number;
}

const NOTHING_DONE: Published = { decisions: [], signed: 0 };

/**
 * Turns accepted transactions into signed roles, and keeps every online role fresh. One step of it is: read the state, plan,
 * sign, and commit by the store's compare-and-set. Killed before the commit it has done nothing, after it everything:
 * the next step, of whatever process, takes up what is there. Recovery is this same code.
 */
export class Publisher {
  readonly #ports: PublisherPorts;
  readonly #signed: SignedRoles;
  #known: Roles = new Map();

  constructor(ports: PublisherPorts) {
    this.#ports = ports;
    this.#signed = new SignedRoles(ports.store, ports.signers);
  }

  /** Publishes what is accepted and renews what is due, until nothing is left to do. */
  async run(onStep: (step: Published) => void = () => undefined): Promise<void> {
    for (;;) {
      const step = await this.step();
      if (step === NOTHING_DONE) return;
      onStep(step);
    }
  }

  /** What became of an accepted transaction: publishes until that is decided. */
  async outcomeOf(id: number): Promise<Outcome> {
    for (;;) {
      const outcome = (await this.#ports.store.transaction(id))?.outcome;
      if (outcome !== undefined) return outcome;
      await this.step();
    }
  }

  /** One publication at most. */
  step(): Promise<Published> {
    return this.#untilApplied(() => this.#attempt());
  }

  /**
   * Publishes roles that others have signed on top of what stands: at a ceremony, a root among them.
   * @param promoted projects that are claimed from then on: their recent claims go, in the same snapshot
   * @param beside what the index itself says from then on, by role name
   */
  publishSigned(
    sign: (current: Iterable<RoleRecord>) => Promise<readonly RoleFile[]>,
    promoted: readonly { readonly project: string; readonly shard: string }[] = [],
    beside: (current: Roles, signed: SignedRoles) => Promise<ReadonlyMap<string, RoleContent>> = () =>
      Promise.resolve(new Map()),
  ): Promise<void> {
    return this.#untilApplied(async () => {
      const { store, clock, signers, lifetimes } = this.#ports;
      const current = await this.#roles();
      const signed = await sign(current.values());
      const now = clock();
      const [state, contents] = [publishedState(current), new Map(await beside(current, this.#signed))];
      for (const [shard, gone] of Map.groupBy(promoted, (each) => each.shard)) {
        const name = shardRole("recently-claimed", shard);
        const present = contents.get(name) ?? (await this.#signed.content(record(current, name)));
        const projects = gone.map(({ project }) => project);
        contents.set(name, withoutClaims(present, projects));
      }
      const projects = promoted.map((each) => ({ ...each, protection: "claimed" as const }));
      const listed = signed.filter(({ name }) => name !== "root");
      const made = await publish({ state, contents, signed: listed, signers, lifetimes, now });
      const root = signed.filter(({ name }) => name === "root");
      const roles = [...root, ...made.roles, made.snapshot, made.timestamp];
      const basedOn = record(current, "timestamp").version;
      return (await store.publish({ basedOn, at: now, roles, decisions: [], rows: [], projects })) || undefined;
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

  /** The present records. No role changes without the timestamp: while that is the same, so are all. */
  async #roles(): Promise<Roles> {
    const { store } = this.#ports;
    const [timestamp] = await store.roles(["timestamp"]);
    const known = this.#known.get("timestamp");
    if (timestamp === undefined || known?.version !== timestamp.version || known.sha256 !== timestamp.sha256) {
      this.#known = new Map((await store.roles()).map((role) => [role.name, role]));
    }
    return this.#known;
  }

  /** What was published is what stands, without asking for all of it again. */
  #remember(current: Roles, published: readonly RoleFile[]): void {
    const known = new Map(current);
    for (const { name, version, expires, sha256, length } of published) {
      known.set(name, { name, version, expires, sha256, length });
    }
    this.#known = known;
  }

  /** The time from which `run` has something to renew. */
  async nextRenewal(): Promise<number> {
    const { lifetimes } = this.#ports;
    let next = Infinity;
    for (const { name, expires } of (await this.#roles()).values()) {
      const lifetime = onlineLifetime(name, lifetimes);
      if (lifetime !== undefined) next = Math.min(next, expires - lifetime / 2);
    }
    return next;
  }

  async #attempt(): Promise<Published | undefined> {
    const { store, clock, lifetimes } = this.#ports;
    const now = clock();
    const current = await this.#roles();
    const transactions = await store.waiting(MAX_TRANSACTIONS_PER_PUBLICATION);
    const judged = await judgeBatch({ ...this.#ports, signed: this.#signed, now }, current, transactions);
    const roles = await this.#plan(current, judged, now);
    const { decisions, rows, projects } = judged;
    if (roles.length === 0 && decisions.length === 0) return NOTHING_DONE;
    const basedOn = record(current, "timestamp").version;
    if (!(await store.publish({ basedOn, at: now, roles, decisions, rows, projects }))) return undefined;
    this.#remember(current, roles);
    // A mirror may hold on to a timestamp as long as it is valid, and hand out the snapshot of that day.
    await store.sweep(now - Math.max(KEEP_SUPERSEDED_MS, lifetimes.timestamp));
    return { decisions, signed: roles.length };
  }

  async #plan(current: Roles, judged: Judged, now: number): Promise<readonly RoleFile[]> {
    const { signers, lifetimes } = this.#ports;
    const [snapshot, timestamp] = [record(current, "snapshot"), record(current, "timestamp")];
    const contents = await this.#withDue(current, judged.contents, now);
    const { signed } = judged;
    const state = publishedState(current);
    if (contents.size + signed.length > 0 || isDue(snapshot.expires, lifetimes.online, now)) {
      const made = await publish({ state, contents, signed, signers, lifetimes, now });
      return [...made.roles, made.snapshot, made.timestamp];
    }
    if (!isDue(timestamp.expires, lifetimes.timestamp, now)) return [];
    return [await signTimestamp({ state, signers, lifetimes, now }, snapshot)];
  }

  /** What is signed in this publication: what transactions have changed, and whatever is due, as it was. */
  async #withDue(current: Roles, changed: Judged["contents"], now: number): Promise<Map<string, RoleContent>> {
    const contents = new Map(changed);
    const due = dueRoles(current.values(), this.#ports.lifetimes, now).filter((name) => !contents.has(name));
    for (const name of due.slice(0, MAX_RENEWALS_PER_PUBLICATION)) {
      contents.set(name, await this.#signed.content(record(current, name)));
    }
    return contents;
  }
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

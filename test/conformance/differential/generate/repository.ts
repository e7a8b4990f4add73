import { createHash } from "node:crypto";
import type { Step } from "../case.ts";
import { Draft } from "./draft.ts";
import { Members, type Node } from "./json.ts";
import type { PoolKey } from "./key-pool.ts";
import type { Random } from "./random.ts";

/** Keys of a role and how many of them sign. */
export interface RoleKeys {
  readonly keys: readonly PoolKey[];
  readonly threshold: number;
}

/** A delegated role as one delegator sees it. */
export interface Edge {
  readonly name: string;
  readonly delegator: string;
}

/** What snapshot and timestamp say of files beside their version. */
export type Listing = "versions" | "lengths" | "hashes" | "everything";

type TopLevel = "root" | "timestamp" | "snapshot" | "targets";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A repository in which everything is right, as one client meets it; changes make it wrong before it is finished. */
export class Repository {
  readonly random: Random;
  readonly pool: readonly PoolKey[];
  readonly now: number;
  readonly tags: string[] = [];
  /** First the one that the client trusts, then each next version. */
  readonly roots: Draft[] = [];
  readonly timestamp: Draft;
  readonly snapshot: Draft;
  /** What the client kept of an earlier update. */
  readonly ownTimestamp: Draft | undefined;
  readonly ownSnapshot: Draft | undefined;
  /** `targets` and all delegated roles by name. */
  readonly roles = new Map<string, Draft>();
  readonly keysOf = new Map<string, RoleKeys>();
  /** In the order in which a client would load them. */
  readonly edges: Edge[] = [];
  /** Patterns and paths that occur, for look-ups. */
  readonly patterns: string[] = [];
  readonly listing: Listing;
  readonly topLevel: Readonly<Record<TopLevel, RoleKeys>>;

  constructor(random: Random, pool: readonly PoolKey[]) {
    this.random = random;
    this.pool = pool;
    this.now = Date.UTC(2026, random.below(120), random.between(1, 28), random.below(24), random.below(60), 30);
    this.listing = random.pick(["versions", "lengths", "hashes", "everything"]);
    this.topLevel = {
      root: this.roleKeys(),
      timestamp: this.roleKeys(),
      snapshot: this.roleKeys(),
      targets: this.roleKeys(),
    };
    this.#makeRoots();
    const version = random.between(1, 50);
    this.timestamp = this.draft("timestamp", version, this.topLevel.timestamp, { meta: new Members() });
    this.snapshot = this.draft("snapshot", version, this.topLevel.snapshot, { meta: new Members() });
    if (random.chance(0.3)) {
      const meta = (): Members => Members.of({ "snapshot.json": Members.of({ version }) });
      this.ownTimestamp = this.draft("timestamp", version, this.topLevel.timestamp, { meta: meta() });
      this.timestamp.signed.set("version", version + random.below(3));
    }
    if (random.chance(0.3)) this.ownSnapshot = this.draft("snapshot", version, this.topLevel.snapshot, {});
    this.addRole("targets", this.topLevel.targets);
  }

  /** A file with the common members, signed by enough of the role's keys. */
  draft(type: TopLevel, version: number, role: RoleKeys, members: Readonly<Record<string, Node>>): Draft {
    const common = { _type: type, spec_version: "1.0.31", version, expires: this.timeIn(this.random.between(1, 999)) };
    const signers = this.random.sample(role.keys, this.random.between(role.threshold, role.keys.length));
    return new Draft(Members.of({ ...common, ...members }), signers);
  }

  /** A targets role with some files, not delegated to yet. */
  addRole(name: string, keys: RoleKeys): Draft {
    const draft = this.draft("targets", this.random.between(1, 40), keys, { targets: this.#targetFiles() });
    this.roles.set(name, draft);
    this.keysOf.set(name, keys);
    return draft;
  }

  /** One to four keys, mostly Ed25519 in hex. Other forms are noted, since not every client reads them. */
  roleKeys(): RoleKeys {
    const { random, pool } = this;
    const plain = pool.filter(({ form }) => form === "ed25519");
    const keys = random.chance(0.06)
      ? random.sample(pool, random.between(1, 4))
      : random.sample(plain, random.between(1, 4));
    for (const { form } of keys) if (form !== "ed25519") this.note(`key: ${form}`);
    return { keys, threshold: random.between(1, Math.min(3, keys.length)) };
  }

  note(tag: string): void {
    if (!this.tags.includes(tag)) this.tags.push(tag);
  }

  timeIn(days: number): string {
    return timeText(this.now + days * DAY_MS);
  }

  /** All files, in the order in which they depend on each other. */
  drafts(): Draft[] {
    return [
      ...this.roots,
      ...this.roles.values(),
      this.ownSnapshot,
      this.snapshot,
      this.ownTimestamp,
      this.timestamp,
    ].filter((draft) => draft !== undefined);
  }

  /** Makes all files and the update of a client that meets them. */
  finish(): Step[] {
    const roots = this.roots.map((draft) => draft.finish());
    const roles = new Map([...this.roles].map(([name, draft]) => [name, draft.finish()]));
    this.#list(roles);
    const ownSnapshot = this.ownSnapshot?.finish();
    const snapshot = this.snapshot.finish();
    const { version } = this.snapshot;
    this.timestamp.signed.set("meta", Members.of({ "snapshot.json": this.#describe(version, snapshot) }));
    const steps: (Step | undefined)[] = [
      ...roots.map((bytes, n) => ({ op: n === 0 ? ("open" as const) : ("root" as const), bytes })),
      this.ownTimestamp && { op: "timestamp", bytes: this.ownTimestamp.finish(), own: true },
      { op: "timestamp", bytes: this.timestamp.finish() },
      ownSnapshot && { op: "snapshot", bytes: ownSnapshot, own: true },
      { op: "snapshot", bytes: snapshot },
      { op: "targets", bytes: roles.get("targets") ?? Buffer.alloc(0) },
      ...this.edges.map((edge) => ({
        op: "delegated" as const,
        bytes: roles.get(edge.name) ?? Buffer.alloc(0),
        ...edge,
      })),
    ];
    return steps.filter((step) => step !== undefined);
  }

  #makeRoots(): void {
    const { random } = this;
    const first = random.between(1, 3);
    for (let version = first; version <= first + random.below(3); version += 1) {
      this.roots.push(this.draft("root", version, this.topLevel.root, this.#rootMembers()));
    }
  }

  #rootMembers(): Record<string, Node> {
    const roles = new Members();
    const keys = new Members();
    for (const [name, role] of Object.entries(this.topLevel)) {
      roles.entries.push([name, roleKeysObject(role)]);
      for (const key of role.keys) keys.set(key.keyId, copyOf(key.json));
    }
    return { consistent_snapshot: this.random.chance(0.9), keys, roles };
  }

  #targetFiles(): Members {
    const files = new Members();
    for (let n = this.random.below(4); n > 0; n -= 1) {
      const path = this.random.pick(TARGET_PATHS);
      const sha256 = createHash("sha256").update(path).digest("hex");
      const custom = this.random.chance(0.3) ? Members.of({ "requires-python": ">=3.9", yanked: true }) : undefined;
      files.set(path, Members.of({ custom, length: this.random.below(10_000), hashes: Members.of({ sha256 }) }));
    }
    return files;
  }

  /** Lets snapshot list the roles, and the own one list them as they may have been before. */
  #list(roles: ReadonlyMap<string, Buffer>): void {
    const meta = new Members();
    const before = new Members();
    for (const [name, bytes] of roles) {
      const version = this.roles.get(name)?.version ?? 1;
      meta.set(`${name}.json`, this.#describe(version, bytes));
      const older = typeof version === "number" && version > 1 ? version - this.random.below(2) : version;
      before.set(`${name}.json`, Members.of({ version: older }));
    }
    this.snapshot.signed.set("meta", meta);
    this.ownSnapshot?.signed.set("meta", before);
  }

  #describe(version: Node, bytes: Buffer): Members {
    const { listing } = this;
    const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
    const hashes =
      listing === "hashes"
        ? Members.of({ sha256: hash("sha256") })
        : Members.of({ sha256: hash("sha256"), sha512: hash("sha512") });
    return Members.of({
      version,
      length: listing === "lengths" || listing === "everything" ? bytes.length : undefined,
      hashes: listing === "hashes" || listing === "everything" ? hashes : undefined,
    });
  }
}

export const TARGET_PATHS = [
  "3f2a/requests/requests-2.31.0.tar.gz",
  "3f2a/requests/requests-2.31.0-py3-none-any.whl",
  "00ff/a/a-1.whl",
  "countermark/policy.json",
  "file.txt",
  "a/b/c/d",
] as const;

export function roleKeysObject({ keys, threshold }: RoleKeys): Members {
  return Members.of({ keyids: keys.map(({ keyId }) => keyId), threshold });
}

/** A tree of its own, so that a change to one file leaves the others alone. */
export function copyOf<T extends Node>(node: T): T {
  if (node instanceof Members) return new Members(node.entries.map(([name, value]) => [name, copyOf(value)])) as T;
  return Array.isArray(node) ? (node.map(copyOf) as T) : node;
}

/** `2030-01-01T00:00:00Z`. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

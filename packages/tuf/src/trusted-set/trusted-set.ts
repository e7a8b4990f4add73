import { delegationKeys } from "../delegations/look-up.ts";
import { TufError } from "../errors.ts";
import type { PublicKey } from "../keys/key.ts";
import { readRoot, readSnapshot, readTargets, readTimestamp } from "../metadata/envelope.ts";
import { checkIntegrity } from "../metadata/hashes.ts";
import type {
  Envelope,
  FileMeta,
  Metadata,
  RoleKeys,
  Root,
  Snapshot,
  Targets,
  Timestamp,
  TopLevelRole,
} from "../metadata/model.ts";
import { formatTime } from "../metadata/time.ts";
import { verifySignatures } from "../metadata/verify.ts";
import { isTopLevelRole } from "../metadata/root.ts";
import type { Outline } from "../recall/outline.ts";
import { recallSnapshot, recallTargets } from "../recall/recall.ts";
import { shown } from "../shown.ts";
import { refuseSnapshotRollback, refuseTimestampRollback, wrongVersion } from "./rollback.ts";

/** A file that is already on this machine. */
export interface SnapshotOptions {
  /**
   * The bytes were verified before and come from the client's own storage. Where they do not fit the present timestamp,
   * they are refused as the snapshot, but remembered: a newer one must not fall behind them.
   */
  readonly trusted?: boolean;
  /** As for other roles: these very bytes were verified under this very root before. */
  readonly signaturesKnown?: boolean;
  /** What `outlineOf` said of these very bytes when they were verified, kept where the client keeps what it trusts. */
  readonly outline?: Outline | undefined;
}

/** What the caller knows of a root or timestamp of its own storage already. */
export interface OwnOptions {
  /** These very bytes were verified before, the timestamp's under this very root: their signatures are not checked again. */
  readonly signaturesKnown?: boolean;
}

/** What the caller knows of a role's file already. */
export interface RoleOptions {
  /**
   * These very bytes were verified as this role under this very delegating file before, by the digests of both files:
   * the same signatures would pass again, so they are not checked. Everything that may have changed since is.
   */
  readonly signaturesKnown?: boolean;
  /** What `outlineOf` said of these very bytes when they were verified, kept where the client keeps what it trusts. */
  readonly outline?: Outline | undefined;
}

/** Who may sign a role, in its delegator's words. */
interface Delegator {
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly role: RoleKeys;
}

/**
 * The client workflow of TUF 5.2 to 5.6 without network, disk and clock: bytes in, trusted metadata or a `TufError` out.
 *
 * Rules of order (any breach throws `TUF_ORDER`):
 * - root, then timestamp, snapshot, targets, delegated roles; once a step is done, those before it are closed;
 * - expired roots may stand in the middle of a chain, not at its end;
 * - an expired timestamp, and an own snapshot that is expired or outdated, are refused but remembered: a newer one must
 *   not fall behind them.
 *
 * One set is one update: one reference time, one snapshot. Do not change the bytes that it was given.
 */
export class TrustedSet {
  /** Milliseconds since the epoch: the fixed update start time (TUF 5.1). */
  readonly referenceTime: number;
  #root: Envelope<Root>;
  #timestamp: Envelope<Timestamp> | undefined;
  #snapshot: Envelope<Snapshot> | undefined;
  /** The newest that was signed rightly, accepted or not: nothing may fall behind them. */
  #pastTimestamp: Envelope<Timestamp> | undefined;
  #pastSnapshot: Envelope<Snapshot> | undefined;
  /** By role name: what its delegations say. */
  readonly #targets = new Map<string, Envelope<Targets>>();
  /** By delegator, then role name: under whose keys it was verified. */
  readonly #edges = new Map<string, Map<string, Envelope<Targets>>>();

  private constructor(root: Envelope<Root>, referenceTime: number) {
    this.#root = root;
    this.referenceTime = referenceTime;
  }

  /**
   * Begins with a root that the caller trusts (TUF 5.2): a pinned one, or the last one of its own storage. It must be
   * signed by its own keys; that it is the right one is the caller's word.
   */
  static open(rootBytes: Uint8Array, referenceTime: number, { signaturesKnown = false }: OwnOptions = {}): TrustedSet {
    if (!Number.isSafeInteger(referenceTime)) {
      throw new TufError("TUF_ORDER", "the reference time is not in milliseconds");
    }
    const root = inRole("root", () => readRoot(rootBytes));
    if (!signaturesKnown) verifyTopLevel(root, "root", root);
    return new TrustedSet(root, referenceTime);
  }

  get root(): Envelope<Root> {
    return this.#root;
  }

  /** The timestamp of this update, once one is accepted. */
  get timestamp(): Envelope<Timestamp> | undefined {
    return this.#timestamp;
  }

  /** The snapshot of this update, once one is accepted. */
  get snapshot(): Envelope<Snapshot> | undefined {
    return this.#snapshot;
  }

  /** The role as verified under that delegator's keys; top-level targets are delegated by `root`. */
  role(delegator: string, name: string): Envelope<Targets> | undefined {
    return this.#edges.get(delegator)?.get(name);
  }

  /** The next root of the chain (TUF 5.3). Throws and keeps the present one where it is refused. */
  updateRoot(bytes: Uint8Array): Envelope<Root> {
    if (this.#pastTimestamp !== undefined) throw new TufError("TUF_ORDER", "root cannot be updated after timestamp");
    const root = inRole("root", () => readRoot(bytes));
    // 5.3.4: signed by a threshold of the trusted root's keys, and of its own.
    verifyTopLevel(this.#root, "root", root);
    verifyTopLevel(root, "root", root);
    // 5.3.5: exactly the next version. An expired one may be passed on the way (5.3.10 comes at the end).
    const expected = this.#root.signed.version + 1;
    if (root.signed.version !== expected) throw wrongVersion("root", root.signed.version, `not ${expected}`);
    this.#root = root;
    return root;
  }

  /**
   * A timestamp (TUF 5.4). Returns the one that is trusted from now on: one of the same version as the present leaves
   * the present in place.
   */
  updateTimestamp(bytes: Uint8Array, options: OwnOptions = {}): Envelope<Timestamp> {
    if (this.#pastSnapshot !== undefined) throw new TufError("TUF_ORDER", "timestamp cannot be updated after snapshot");
    // 5.3.10: the last root of the chain is not expired.
    this.#refuseExpired(this.#root, "root");
    const past = this.#pastTimestamp;
    // 5.4.2: signed by a threshold of its keys. The very bytes of the one before are, under this very root.
    const same = past !== undefined && Buffer.compare(past.bytes, bytes) === 0;
    const timestamp = same ? past : this.#readTimestamp(bytes, options);
    if (past !== undefined) refuseTimestampRollback(past.signed, timestamp.signed);
    // 5.4.3.1: one of equal version is no news, whatever it says.
    const newest = past?.signed.version === timestamp.signed.version ? past : timestamp;
    this.#pastTimestamp = newest;
    // 5.4.4: not expired.
    this.#refuseExpired(newest, "timestamp");
    this.#timestamp = newest;
    return newest;
  }

  #readTimestamp(bytes: Uint8Array, { signaturesKnown = false }: OwnOptions): Envelope<Timestamp> {
    const timestamp = inRole("timestamp", () => readTimestamp(bytes));
    if (!signaturesKnown) verifyTopLevel(this.#root, "timestamp", timestamp);
    return timestamp;
  }

  /** The snapshot that the timestamp announces (TUF 5.5). */
  updateSnapshot(bytes: Uint8Array, options: SnapshotOptions = {}): Envelope<Snapshot> {
    const { trusted = false, signaturesKnown = false, outline } = options;
    if (this.#timestamp === undefined) throw new TufError("TUF_ORDER", "snapshot cannot be loaded before timestamp");
    if (this.#targets.size > 0) throw new TufError("TUF_ORDER", "snapshot cannot be updated after targets");
    const announced = this.#timestamp.signed.snapshot;
    // 5.5.2: the hashes and length that timestamp lists.
    if (!trusted) checkIntegrity(bytes, announced, "snapshot", { role: "snapshot" });
    const snapshot = inRole("snapshot", () => (outline ? recallSnapshot(bytes, outline) : readSnapshot(bytes)));
    // 5.5.3: signed by a threshold of its keys.
    if (!signaturesKnown) verifyTopLevel(this.#root, "snapshot", snapshot);
    // 5.5.5: no role may fall back or vanish.
    if (this.#pastSnapshot !== undefined) refuseSnapshotRollback(this.#pastSnapshot.signed, snapshot.signed);
    if (trusted) this.#pastSnapshot = snapshot;
    // 5.5.4: the version that timestamp lists.
    if (snapshot.signed.version !== announced.version) {
      throw wrongVersion("snapshot", snapshot.signed.version, `not the ${announced.version} that timestamp lists`);
    }
    // 5.5.2 for an own one: what an older timestamp announced is not this one by its version alone.
    if (trusted) checkIntegrity(bytes, announced, "snapshot", { role: "snapshot" });
    // 5.5.6: not expired.
    this.#refuseExpired(snapshot, "snapshot");
    this.#pastSnapshot = snapshot;
    this.#snapshot = snapshot;
    return snapshot;
  }

  /** The top-level targets (TUF 5.6). */
  updateTargets(bytes: Uint8Array, options: RoleOptions = {}): Envelope<Targets> {
    const { signed } = this.#root;
    const role = topLevelRole(signed, "targets");
    return this.#updateRole(bytes, "targets", "root", { ...options, keys: signed.keys, role });
  }

  /** A role to which `delegator`, loaded before, delegates (TUF 5.6.7.2); verified anew for each delegator. */
  updateDelegated(bytes: Uint8Array, name: string, delegator: string, options: RoleOptions = {}): Envelope<Targets> {
    const delegations = this.#targets.get(delegator)?.signed.delegations;
    if (!this.#targets.has(delegator)) {
      throw new TufError("TUF_ORDER", `${shown(delegator)} is not loaded`, { role: name });
    }
    const role = delegations === undefined || isTopLevelRole(name) ? undefined : delegationKeys(delegations, name);
    if (delegations === undefined || role === undefined) {
      throw new TufError("TUF_ROLE", `${shown(delegator)} does not delegate to ${shown(name)}`, { role: name });
    }
    return this.#updateRole(bytes, name, delegator, { ...options, keys: delegations.keys, role });
  }

  /** TUF 5.6.2 to 5.6.5, for one delegating edge. */
  #updateRole(
    bytes: Uint8Array,
    name: string,
    delegator: string,
    { keys, role, signaturesKnown = false, outline }: RoleOptions & Delegator,
  ): Envelope<Targets> {
    const announced = this.#announced(name);
    // 5.6.2: the hashes and length that snapshot lists.
    checkIntegrity(bytes, announced, name, { role: name });
    const targets =
      this.#sameFile(name, bytes) ?? inRole(name, () => (outline ? recallTargets(bytes, outline) : readTargets(bytes)));
    // 5.6.3: signed by a threshold of the keys that the delegator names.
    if (!signaturesKnown) verifySignatures(targets, keys, role, name);
    // 5.6.4: the version that snapshot lists.
    if (targets.signed.version !== announced.version) {
      throw wrongVersion(name, targets.signed.version, `not the ${announced.version} that snapshot lists`);
    }
    // 5.6.5: not expired.
    this.#refuseExpired(targets, name);
    this.#remember(delegator, name, targets);
    return targets;
  }

  #announced(name: string): FileMeta {
    if (this.#snapshot === undefined) {
      throw new TufError("TUF_ORDER", `${shown(name)} cannot be loaded before snapshot`, { role: name });
    }
    const announced = this.#snapshot.signed.meta.get(name);
    if (announced === undefined) {
      throw new TufError("TUF_ROLE", `snapshot does not list ${shown(name)}`, { role: name });
    }
    return announced;
  }

  /** A role reached by a second edge is the same file, read once; other bytes under its name would be two truths. */
  #sameFile(name: string, bytes: Uint8Array): Envelope<Targets> | undefined {
    const loaded = this.#targets.get(name);
    if (loaded === undefined || Buffer.compare(loaded.bytes, bytes) === 0) return loaded;
    throw new TufError("TUF_INTEGRITY", `${shown(name)} is not the file that was loaded under this name before`, {
      role: name,
    });
  }

  #remember(delegator: string, name: string, targets: Envelope<Targets>): void {
    this.#targets.set(name, targets);
    const edges = this.#edges.get(delegator) ?? new Map<string, Envelope<Targets>>();
    edges.set(name, targets);
    this.#edges.set(delegator, edges);
  }

  /** Metadata is valid before the second that it names, not in it (TUF 5.3.10, 5.4.4, 5.5.6, 5.6.5). */
  #refuseExpired(envelope: Envelope<Metadata>, role: string): void {
    if (envelope.signed.expires > this.referenceTime) return;
    throw new TufError("TUF_EXPIRED", `${shown(role)} expired at ${formatTime(envelope.signed.expires)}`, { role });
  }
}

function verifyTopLevel(root: Envelope<Root>, name: TopLevelRole, envelope: Envelope<Metadata>): void {
  verifySignatures(envelope, root.signed.keys, topLevelRole(root.signed, name), name);
}

/** The reader accepts no root without its four roles, so this never fails on one. */
function topLevelRole(root: Root, name: TopLevelRole): RoleKeys {
  const role = root.roles.get(name);
  if (role === undefined) throw new TufError("TUF_ROLE", `root does not name ${name}`, { role: name });
  return role;
}

/** Says of a refusal to which role it belongs. */
function inRole<T>(role: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    throw new TufError(error.code, `${shown(role)}: ${error.message}`, { role, cause: error });
  }
}

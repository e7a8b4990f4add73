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
import { shown } from "../shown.ts";
import { refuseSnapshotRollback, refuseTimestampRollback, wrongVersion } from "./rollback.ts";

/** A file that is already on this machine. */
export interface SnapshotOptions {
  /**
   * The bytes were verified before and come from the client's own storage. They need not fit the present timestamp: where
   * they do not, they are refused as the snapshot but kept to compare a newer one with.
   */
  readonly trusted?: boolean;
}

/** What the caller knows of a role's file already. */
export interface RoleOptions {
  /**
   * These very bytes were verified as this role under this very delegating file before, by the digests of both files:
   * the same signatures would pass again, so they are not checked. Everything that may have changed since is.
   */
  readonly signaturesKnown?: boolean;
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
  /** May be expired: then it serves to detect rollback alone. */
  #timestamp: Envelope<Timestamp> | undefined;
  /** May be expired or outdated, as above. */
  #snapshot: Envelope<Snapshot> | undefined;
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
  static open(rootBytes: Uint8Array, referenceTime: number): TrustedSet {
    if (!Number.isSafeInteger(referenceTime))
      throw new TufError("TUF_ORDER", "the reference time is not in milliseconds");
    const root = inRole("root", () => readRoot(rootBytes));
    verifyTopLevel(root, "root", root);
    return new TrustedSet(root, referenceTime);
  }

  get root(): Envelope<Root> {
    return this.#root;
  }

  /** The timestamp of this update, once one is accepted. */
  get timestamp(): Envelope<Timestamp> | undefined {
    const timestamp = this.#timestamp;
    return timestamp === undefined || this.#isExpired(timestamp) ? undefined : timestamp;
  }

  /** The snapshot of this update, once one is accepted. */
  get snapshot(): Envelope<Snapshot> | undefined {
    const snapshot = this.#snapshot;
    const final = snapshot !== undefined && !this.#isExpired(snapshot) && this.#isAnnounced(snapshot);
    return final ? snapshot : undefined;
  }

  /** The role as verified under that delegator's keys; top-level targets are delegated by `root`. */
  role(delegator: string, name: string): Envelope<Targets> | undefined {
    return this.#edges.get(delegator)?.get(name);
  }

  /** The next root of the chain (TUF 5.3). Throws and keeps the present one where it is refused. */
  updateRoot(bytes: Uint8Array): Envelope<Root> {
    if (this.#timestamp !== undefined) throw new TufError("TUF_ORDER", "root cannot be updated after timestamp");
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
  updateTimestamp(bytes: Uint8Array): Envelope<Timestamp> {
    if (this.#snapshot !== undefined) throw new TufError("TUF_ORDER", "timestamp cannot be updated after snapshot");
    // 5.3.10: the last root of the chain is not expired.
    this.#refuseExpired(this.#root, "root");
    const timestamp = inRole("timestamp", () => readTimestamp(bytes));
    // 5.4.2: signed by a threshold of its keys.
    verifyTopLevel(this.#root, "timestamp", timestamp);
    const present = this.#timestamp;
    if (present !== undefined) refuseTimestampRollback(present.signed, timestamp.signed);
    // 5.4.3.1: one of equal version is no news, whatever it says.
    const accepted = present?.signed.version === timestamp.signed.version ? present : timestamp;
    this.#timestamp = accepted;
    // 5.4.4: not expired.
    this.#refuseExpired(accepted, "timestamp");
    return accepted;
  }

  /** The snapshot that the timestamp announces (TUF 5.5). */
  updateSnapshot(bytes: Uint8Array, { trusted = false }: SnapshotOptions = {}): Envelope<Snapshot> {
    if (this.#timestamp === undefined) throw new TufError("TUF_ORDER", "snapshot cannot be loaded before timestamp");
    if (this.#targets.size > 0) throw new TufError("TUF_ORDER", "snapshot cannot be updated after targets");
    this.#refuseExpired(this.#timestamp, "timestamp");
    // 5.5.2: the hashes and length that timestamp lists. The own one was checked against the timestamp of its day.
    if (!trusted) checkIntegrity(bytes, this.#timestamp.signed.snapshot, "snapshot", { role: "snapshot" });
    const snapshot = inRole("snapshot", () => readSnapshot(bytes));
    // 5.5.3: signed by a threshold of its keys.
    verifyTopLevel(this.#root, "snapshot", snapshot);
    // 5.5.5: no role may fall back or vanish.
    if (this.#snapshot !== undefined) refuseSnapshotRollback(this.#snapshot.signed, snapshot.signed);
    if (trusted) this.#snapshot = snapshot;
    // 5.5.4: the version that timestamp lists.
    this.#refuseUnannounced(snapshot);
    // 5.5.6: not expired.
    this.#refuseExpired(snapshot, "snapshot");
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
    if (!this.#targets.has(delegator))
      throw new TufError("TUF_ORDER", `${shown(delegator)} is not loaded`, { role: name });
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
    {
      keys,
      role,
      signaturesKnown = false,
    }: RoleOptions & {
      readonly keys: ReadonlyMap<string, PublicKey>;
      readonly role: RoleKeys;
    },
  ): Envelope<Targets> {
    const announced = this.#announced(name);
    // 5.6.2: the hashes and length that snapshot lists.
    checkIntegrity(bytes, announced, name, { role: name });
    const targets = this.#sameFile(name, bytes) ?? inRole(name, () => readTargets(bytes));
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
    if (this.#snapshot === undefined)
      throw new TufError("TUF_ORDER", `${shown(name)} cannot be loaded before snapshot`, { role: name });
    // An own snapshot that is outdated or expired is no ground to load roles on (5.5.4, 5.5.6).
    this.#refuseUnannounced(this.#snapshot);
    this.#refuseExpired(this.#snapshot, "snapshot");
    const announced = this.#snapshot.signed.meta.get(name);
    if (announced === undefined)
      throw new TufError("TUF_ROLE", `snapshot does not list ${shown(name)}`, { role: name });
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

  #isAnnounced(snapshot: Envelope<Snapshot>): boolean {
    return snapshot.signed.version === this.#timestamp?.signed.snapshot.version;
  }

  #refuseUnannounced(snapshot: Envelope<Snapshot>): void {
    if (this.#isAnnounced(snapshot)) return;
    const listed = this.#timestamp?.signed.snapshot.version ?? 0;
    throw wrongVersion("snapshot", snapshot.signed.version, `not the ${listed} that timestamp lists`);
  }

  /** Metadata is valid before the second that it names, not in it (TUF 5.3.10, 5.4.4, 5.5.6, 5.6.5). */
  #isExpired({ signed }: Envelope<Metadata>): boolean {
    return signed.expires <= this.referenceTime;
  }

  #refuseExpired(envelope: Envelope<Metadata>, role: string): void {
    if (!this.#isExpired(envelope)) return;
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

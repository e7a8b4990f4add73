import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  ed25519Signer,
  makeDelegations,
  makeRoot,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  signMetadata,
  TufError,
  type Draft,
  type FileMeta,
  type Root,
  type Signer,
  type Snapshot,
  type Targets,
  type Timestamp,
  type TufErrorCode,
} from "@countermark/tuf";

export const NOW = Date.UTC(2026, 0, 1);
export const DAY = 24 * 60 * 60 * 1000;
export const EXPIRES = NOW + 30 * DAY;

/** The same key for the same number, in every run. */
export function signerNumber(n: number): Signer {
  return ed25519Signer(new Uint8Array(32).fill(n));
}

export const ONLINE = signerNumber(1);
export const OFFLINE = signerNumber(2);
export const STRANGER = signerNumber(3);

export function roleOf(...signers: readonly Signer[]) {
  return { keyIds: signers.map(({ publicKey }) => publicKey.keyId), threshold: 1 };
}

export function rootOf(changes: Partial<Parameters<typeof makeRoot>[0]> = {}): Root {
  return makeRoot({
    version: 1,
    expires: EXPIRES,
    keys: [ONLINE.publicKey, OFFLINE.publicKey],
    roles: { root: roleOf(OFFLINE), targets: roleOf(OFFLINE), snapshot: roleOf(ONLINE), timestamp: roleOf(ONLINE) },
    ...changes,
  });
}

export function timestampOf(version: number, snapshot: Draft<FileMeta>, expires = EXPIRES): Timestamp {
  return makeTimestamp({ version, expires, snapshot });
}

export function snapshotOf(version: number, meta: Record<string, Draft<FileMeta>>, expires = EXPIRES): Snapshot {
  return makeSnapshot({ version, expires, meta: new Map(Object.entries(meta)) });
}

/** Targets that delegate to one role `p`, signed by the online key, all of `a/*`. */
export function targetsOf(version: number, expires = EXPIRES): Targets {
  return makeTargets({
    version,
    expires,
    delegations: makeDelegations({
      keys: [ONLINE.publicKey],
      roles: [{ name: "p", ...roleOf(ONLINE), terminating: true, paths: ["a/*"] }],
    }),
  });
}

export const sign = {
  root: (root: Root, ...signers: readonly Signer[]) => signMetadata(root, signers.length > 0 ? signers : [OFFLINE]),
  timestamp: (timestamp: Timestamp) => signMetadata(timestamp, [ONLINE]),
  snapshot: (snapshot: Snapshot) => signMetadata(snapshot, [ONLINE]),
  targets: (targets: Targets) => signMetadata(targets, [OFFLINE]),
};

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Asserts a refusal of this code whose message fits. */
export function refused(work: () => unknown, code: TufErrorCode, message: RegExp, role?: string): void {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof TufError, `not a TufError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    if (role !== undefined) assert.equal(error.role, role);
    return true;
  });
}

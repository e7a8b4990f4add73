import { benchKey, keysById, sha256, signedFile, type BenchKey, type Plain } from "./signing.ts";

/** What snapshot or timestamp says of a file. */
interface Meta {
  readonly version: number;
  readonly length?: number;
  readonly hashes?: { readonly sha256: string };
}

const EXPIRES = "2040-01-01T00:00:00Z";
/** One key signs all top-level roles: what is measured is one verification each. */
export const KEY: BenchKey = benchKey(0);

function common(type: string, version = 1): Readonly<Record<string, Plain>> {
  return { _type: type, spec_version: "1.0.31", version, expires: EXPIRES };
}

export function rootFile(): Buffer {
  const role = { keyids: [KEY.keyId], threshold: 1 };
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  return signedFile({ ...common("root"), consistent_snapshot: true, keys: keysById(KEY), roles }, KEY);
}

export function timestampFile(snapshot: Buffer): Buffer {
  return signedFile({ ...common("timestamp"), meta: { "snapshot.json": describe(snapshot) } }, KEY);
}

/** `meta` by role name. */
export function snapshotFile(meta: Readonly<Record<string, Meta>>): Buffer {
  const files = Object.fromEntries(Object.entries(meta).map(([role, file]) => [`${role}.json`, { ...file }]));
  return signedFile({ ...common("snapshot"), meta: files }, KEY);
}

export function targetsFile(members: Readonly<Record<string, Plain>>): Buffer {
  return signedFile({ ...common("targets"), targets: {}, ...members }, KEY);
}

export function describe(bytes: Buffer): { version: number; length: number; hashes: { sha256: string } } {
  return { version: 1, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

/** As {@link describe}, for a file that nobody fetches. */
export function describeUnseen(n: number): { version: number; length: number; hashes: { sha256: string } } {
  return { version: 1, length: 10_000 + n, hashes: { sha256: sha256(Buffer.from(`role ${n}`)) } };
}

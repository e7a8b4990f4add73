import { TufError } from "../errors.ts";
import type { Snapshot, Timestamp } from "../metadata/model.ts";
import { shown } from "../shown.ts";

/** 5.4.3: neither the timestamp's version nor that of the snapshot it lists may go back. */
export function refuseTimestampRollback(present: Timestamp, next: Timestamp): void {
  if (next.version < present.version) {
    throw wrongVersion("timestamp", next.version, `below the trusted ${present.version}`);
  }
  if (next.version === present.version) return;
  if (next.snapshot.version < present.snapshot.version) {
    throw wrongVersion(
      "timestamp",
      next.snapshot.version,
      `below the trusted ${present.snapshot.version}`,
      "lists snapshot",
    );
  }
}

/** 5.5.5, and the snapshot's own version, which an own snapshot without its timestamp would else not hold. */
export function refuseSnapshotRollback(present: Snapshot, next: Snapshot): void {
  if (next.version < present.version) {
    throw wrongVersion("snapshot", next.version, `below the trusted ${present.version}`);
  }
  for (const [name, { version }] of present.meta) {
    const listed = next.meta.get(name);
    if (listed === undefined)
      throw new TufError("TUF_ROLE", `snapshot no longer lists ${shown(name)}`, { role: "snapshot" });
    if (listed.version < version) {
      throw wrongVersion("snapshot", listed.version, `below the trusted ${version}`, `lists ${shown(name)}`);
    }
  }
}

/** `role` has, or lists, a version that it must not. */
export function wrongVersion(role: string, version: number, problem: string, lists = "has"): TufError {
  return new TufError("TUF_VERSION", `${shown(role)} ${lists} version ${version}, ${problem}`, { role });
}

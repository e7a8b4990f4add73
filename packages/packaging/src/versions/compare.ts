import type { Version } from "./version.ts";

/**
 * PEP 440, "Summary of permitted suffixes and relative ordering": negative if `a` comes before `b`, positive if after,
 * 0 if they are the same version (`1.0` and `1.0.0`).
 */
export function compareVersions(a: Version, b: Version): number {
  return (
    order(a.epoch, b.epoch) ||
    compareReleases(a.release, b.release) ||
    comparePre(a, b) ||
    order(a.post ?? -1n, b.post ?? -1n) ||
    compareDev(a.dev, b.dev) ||
    compareLocal(a.local, b.local)
  );
}

function order<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareReleases(a: readonly bigint[], b: readonly bigint[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const result = order(a[i] ?? 0n, b[i] ?? 0n);
    if (result !== 0) return result;
  }
  return 0;
}

function comparePre(a: Version, b: Version): number {
  return order(preRank(a), preRank(b)) || order(a.pre?.number ?? 0n, b.pre?.number ?? 0n);
}

/** A development release of a final one comes before all its pre-releases, the final one after them. */
function preRank({ pre, post, dev }: Version): number {
  if (pre !== undefined) return { a: 1, b: 2, rc: 3 }[pre.phase];
  return post === undefined && dev !== undefined ? 0 : 4;
}

/** Without `.devN` comes after every one with it. */
function compareDev(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined) return order(a === undefined ? 1 : 0, b === undefined ? 1 : 0);
  return order(a, b);
}

type Local = readonly (bigint | string)[] | undefined;

/** None before any; numbers after words; of two that begin alike, the longer one after. */
function compareLocal(a: Local, b: Local): number {
  if (a === undefined || b === undefined) return order(a === undefined ? 0 : 1, b === undefined ? 0 : 1);
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const result = compareSegment(a[i] ?? "", b[i] ?? "");
    if (result !== 0) return result;
  }
  return order(a.length, b.length);
}

function compareSegment(a: bigint | string, b: bigint | string): number {
  if (typeof a === "bigint") return typeof b === "bigint" ? order(a, b) : 1;
  return typeof b === "bigint" ? -1 : order(a, b);
}

import { firstWildcard } from "../delegations/pattern.ts";
import { placeOfMeta } from "../metadata/file-meta.ts";
import { placeOfRoles } from "../metadata/delegations.ts";
import type { Envelope, Snapshot, Targets } from "../metadata/model.ts";

/**
 * Where the one long list of a file stands that was read to its end and is in its usual form (`json/usual.ts`) all through:
 * the entries of a snapshot, or the roles that a targets role delegates to. Together with the very bytes that it was made
 * of, it lets one entry be found without reading the others. An outline of other bytes, or one from a source that is not
 * trusted as much as a pinned root is, makes a client believe whatever its author likes.
 */
export interface Outline {
  readonly list: "meta" | "roles";
  /** Behind the opening bracket, in bytes. */
  readonly start: number;
  /** Where the closing bracket stands. */
  readonly end: number;
  /** For `roles`: how many characters stand before the first wildcard of the patterns, each number once, ascending. */
  readonly prefixes: readonly number[];
  /** For `roles`: whether a pattern without wildcards is among them. */
  readonly exact: boolean;
}

/** A shorter list is read as fast as an entry of it is found. */
export const LEAST_OUTLINED_BYTES = 16 * 1024;
/** Most different prefix lengths: each costs a search through the whole list. */
export const MAX_PREFIXES = 16;

/** The outline of a verified file; `undefined` where its list is short or not in its usual form. */
export function outlineOf(envelope: Envelope<Snapshot | Targets>): Outline | undefined {
  const { signed, canonical } = envelope;
  if (!canonical) return undefined;
  const place = signed.type === "snapshot" ? placeOfMeta(signed.meta) : rolesPlace(signed);
  if (place === undefined || place.end - place.start < LEAST_OUTLINED_BYTES) return undefined;
  if (signed.type === "snapshot") return { list: "meta", ...place, prefixes: [], exact: false };
  const prefixes = new Set<number>();
  for (const { paths = [] } of signed.delegations?.roles.values() ?? []) {
    for (const pattern of paths) prefixes.add(firstWildcard(pattern));
  }
  const exact = prefixes.delete(-1);
  if (prefixes.size > MAX_PREFIXES) return undefined;
  return { list: "roles", ...place, prefixes: [...prefixes].sort((a, b) => a - b), exact };
}

function rolesPlace({ delegations }: Targets): { start: number; end: number } | undefined {
  return delegations && placeOfRoles(delegations.roles);
}

/** Reads an outline that was kept as JSON; `undefined` for anything else. */
export function readOutline(value: unknown): Outline | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { list, start, end, prefixes, exact } = value as Partial<Record<keyof Outline, unknown>>;
  if ((list !== "meta" && list !== "roles") || !isPlace(start) || !isPlace(end) || start > end) return undefined;
  if (!Array.isArray(prefixes) || prefixes.length > MAX_PREFIXES || !prefixes.every(isPlace)) return undefined;
  return typeof exact === "boolean" ? { list, start, end, prefixes, exact } : undefined;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

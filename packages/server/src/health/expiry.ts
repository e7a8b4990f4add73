import {
  EXPIRY_WARNINGS_DAYS,
  isDeveloperRole,
  isOfflineRole,
  onlineRoleOf,
  parseRoleName,
  type RoleRecord,
} from "@countermark/repository";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Roles that end and are renewed together. */
export type RoleKind = "root" | "offline" | "online" | "snapshot" | "timestamp";

/** When the first role of each kind ends. */
export function expiries(roles: Iterable<RoleRecord>): ReadonlyMap<RoleKind, number> {
  const first = new Map<RoleKind, number>();
  for (const { name, expires } of roles) {
    const kind = kindOf(name);
    if (kind !== undefined) first.set(kind, Math.min(expires, first.get(kind) ?? Infinity));
  }
  return first;
}

/**
 * When the first role of each duty ends: `claimed` for the role itself, `claimed-shards` for all its shards together, so
 * that 65,536 shards are one number. Of projects' own roles those that have not ended yet count: of the others nobody but
 * their developers can do anything.
 */
export function expiriesByDuty(roles: Iterable<RoleRecord>, now: number): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { name, expires } of roles) {
    const duty = dutyOf(name);
    if (isDeveloperRole(name) && expires <= now) continue;
    first.set(duty, Math.min(expires, first.get(duty) ?? Infinity));
  }
  return first;
}

/** What a role does, with all shards of one role together. */
export function dutyOf(name: string): string {
  const parsed = parseRoleName(name);
  switch (parsed?.kind) {
    case "shard":
      return `${parsed.role}-shards`;
    case "sealed-files":
      return "sealed-files";
    case "project":
      return "project-roles";
    case "release":
      return "release-roles";
    default:
      return name;
  }
}

function kindOf(name: string): RoleKind | undefined {
  if (name === "root" || name === "snapshot" || name === "timestamp") return name;
  if (isOfflineRole(name)) return "offline";
  return onlineRoleOf(name) === undefined ? undefined : "online";
}

/** What an operator must be told of roles that only the offline keys can renew. */
export interface ExpiryWarning {
  readonly kind: RoleKind;
  readonly expires: number;
  /** The threshold that was passed: 90, 30 or 7 days; 0 when it has ended. */
  readonly threshold: number;
  readonly message: string;
}

/** Warnings about root and the offline roles, by the thresholds of TRUST.md 3. */
export function expiryWarnings(first: ReadonlyMap<RoleKind, number>, now: number): readonly ExpiryWarning[] {
  const warnings: ExpiryWarning[] = [];
  for (const kind of ["offline", "root"] as const) {
    const expires = first.get(kind) ?? Infinity;
    const left = expires - now;
    const threshold = left <= 0 ? 0 : EXPIRY_WARNINGS_DAYS.findLast((days) => left <= days * DAY_MS);
    if (threshold !== undefined) warnings.push({ kind, expires, threshold, message: words(kind, left) });
  }
  return warnings;
}

function words(kind: "offline" | "root", left: number): string {
  const what = kind === "root" ? "root" : "the offline roles";
  const cure = "run 'countermark-server ceremony renew' with the offline keys";
  if (left <= 0) return `${what} ended: installers refuse this index until you ${cure}`;
  return `${what} will end in ${Math.ceil(left / DAY_MS)} days, and installs stop then: ${cure}`;
}

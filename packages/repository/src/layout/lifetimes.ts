const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** For how long each kind of role is signed, in milliseconds. */
export interface Lifetimes {
  /** Time from one ceremony to the next. */
  readonly ceremonyPeriod: number;
  /** `targets`, `claimed`, `sealed`, `unclaimed` and the offline shards: three periods, all ending together. */
  readonly offline: number;
  readonly root: number;
  readonly timestamp: number;
  /** `snapshot`, `status`, `recently-claimed` and every online shard. */
  readonly online: number;
  /** Roles of projects: `p.` and `r.`. */
  readonly developer: number;
}

/** How soon things expire: `default` for a company's own index, `public` for one that strangers rely on. */
export type ProfileName = "default" | "public";

/** Offline roles outlive this many ceremony periods, so that a ceremony may be late or fail. */
export const CEREMONY_PERIODS = 3;

function lifetimes(ceremonyPeriod: number, timestamp: number, online: number): Lifetimes {
  return {
    ceremonyPeriod,
    offline: CEREMONY_PERIODS * ceremonyPeriod,
    root: 365 * DAY,
    timestamp,
    online,
    developer: 5 * 365 * DAY,
  };
}

/** The lifetimes of each profile. */
export const PROFILES: Readonly<Record<ProfileName, Lifetimes>> = {
  default: lifetimes(120 * DAY, 3 * DAY, 14 * DAY),
  public: lifetimes(30 * DAY, 1 * DAY, 7 * DAY),
};

/** Days before the offline roles expire at which operator and installers are warned: then installs stop. */
export const EXPIRY_WARNINGS_DAYS = [90, 30, 7] as const;

/** Whether a role that lives `lifetime` should be signed anew: when less than half of its life is left. */
export function isDue(expires: number, lifetime: number, now: number): boolean {
  return expires - now < lifetime / 2;
}

import { ClientError } from "../errors.ts";

/** Longest that refusals may be switched off. */
export const MAX_OBSERVE_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Whether foreign hosts and projects below the policy are told of only, instead of refused. What does not verify is refused
 * all the same.
 * @param until as the user's settings have it, and `now`, in milliseconds since the epoch
 * @throws ClientError `CONFIG_INVALID` when it is further away than a week
 */
export function isObserving(until: number | undefined, now: number): boolean {
  if (until === undefined || until <= now) return false;
  if (until - now <= MAX_OBSERVE_MS) return true;
  throw new ClientError("CONFIG_INVALID", "observe-until is more than a week away", {
    hint: "nothing protects you meanwhile: name a day within the next week",
  });
}

import { TrustedSet, TufError } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { referenceTime } from "./clock.ts";
import type { PinnedRepository, TrustedFiles } from "./state/trust-store.ts";

/**
 * The trusted root of an index, at one reference time for the whole update (TUF 5.1, 5.2).
 * @param now this machine's clock, in milliseconds since the epoch
 * @throws ClientError `STATE_UNUSABLE` when it cannot be read; `CLOCK_BEHIND`
 */
export function openTrusted(repository: PinnedRepository, trusted: TrustedFiles, now: number): TrustedSet {
  const time = referenceTime(now, trusted.trustedTime);
  try {
    return TrustedSet.open(trusted.root, time);
  } catch (error) {
    throw error instanceof TufError ? unreadable(repository, "root", error) : error;
  }
}

/** What stands in the trusted state was written there whole: what cannot be read was edited, or is newer than we are. */
export function unreadable({ url }: PinnedRepository, role: string, cause: TufError): ClientError {
  return new ClientError("STATE_UNUSABLE", `the ${role} of ${url} in the trusted state cannot be read`, {
    hint: `update countermark, or, if the state is damaged, run countermark trust --forget ${url} and trust it anew`,
    cause,
  });
}

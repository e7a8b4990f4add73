import { TrustedSet, TufError } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { digest } from "./cache/content-cache.ts";
import { referenceTime } from "./clock.ts";
import type { PinnedRepository, TrustedFiles } from "./state/trust-store.ts";
import type { Edge, Verdicts } from "./verdicts.ts";

/**
 * The trusted root of an index, at one reference time for the whole update (TUF 5.1, 5.2).
 * @param now this machine's clock, in milliseconds since the epoch
 * @param verdicts where they say so, the root's signatures are not verified again: who can write them can replace the root
 * @throws ClientError `STATE_UNUSABLE` when it cannot be read; `CLOCK_BEHIND`
 */
export function openTrusted(
  repository: PinnedRepository,
  { root, trustedTime }: TrustedFiles,
  now: number,
  verdicts?: Verdicts,
): TrustedSet {
  const time = referenceTime(now, trustedTime);
  const sha256 = digest(root);
  const edge: Edge = { role: "root", delegator: sha256, file: sha256 };
  const signaturesKnown = verdicts?.recall(edge) !== undefined;
  try {
    const set = TrustedSet.open(root, time, { signaturesKnown });
    if (!signaturesKnown) verdicts?.note(edge, { version: set.root.signed.version });
    return set;
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

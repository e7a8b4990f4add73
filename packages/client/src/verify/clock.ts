import { ClientError } from "../errors.ts";

/** How far this machine's clock may lag behind a time that was trusted before: clocks are set right by small steps. */
export const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;

/**
 * The one time at which an update judges every expiry (TUF 5.1). It never goes back behind a time at which a timestamp was
 * found fresh before: else who can turn back the clock can bring back what has expired.
 * @throws ClientError `CLOCK_BEHIND` when the clock lags by more than a correction's worth
 */
export function referenceTime(now: number, trustedTime: number): number {
  if (now >= trustedTime) return now;
  if (trustedTime - now <= CLOCK_TOLERANCE_MS) return trustedTime;
  const late = new Date(trustedTime).toISOString();
  throw new ClientError(
    "CLOCK_BEHIND",
    `this machine's clock says ${new Date(now).toISOString()}, but it was ${late} before`,
    {
      hint: "set the clock right, or what has expired long ago looks fresh; if it is right and was wrong before, forget the index (countermark trust URL --forget) and trust it anew",
    },
  );
}

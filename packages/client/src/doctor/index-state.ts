import { PROFILES } from "@countermark/repository";
import { formatTime } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { openSession } from "../session.ts";
import { expiryWarning } from "../verify/expiry-warning.ts";
import type { Finding } from "./finding.ts";

/** Longest that any profile signs a timestamp for: one that is good for longer shows a clock that is behind. */
const LONGEST_TIMESTAMP_MS = Math.max(...Object.values(PROFILES).map(({ timestamp }) => timestamp));

/** Whether the index can be had, is up to date, and agrees with this machine's clock. `now` in milliseconds since the epoch. */
export async function checkIndex(named: string | undefined, now: number): Promise<readonly Finding[]> {
  try {
    const session = await openSession(named);
    try {
      const where = session.repository.url;
      const expires = session.index.set.timestamp?.signed.expires ?? 0;
      const warning = expiryWarning(session.index, now);
      return [
        ...checkClock(where, expires, now),
        ...(warning === undefined ? [] : [finding("expiry", where, warning, "tell the index's operator")]),
        ...(session.configuration.observing ? [observing(session.configuration.user.path)] : []),
      ];
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return [finding(error.code, "index", error.message, error.hint ?? "see docs/errors.md")];
  }
}

/** A timestamp that was just fetched is good for no longer than timestamps are signed for; else this clock is behind. */
export function checkClock(where: string, expires: number, now: number): readonly Finding[] {
  if (expires - now <= LONGEST_TIMESTAMP_MS) return [];
  const what = `the index signed its newest state after ${formatTime(expires - LONGEST_TIMESTAMP_MS)}, later than this machine's clock says it is`;
  return [finding("clock", where, what, "set the clock: with a wrong one, what has expired looks fresh")];
}

function observing(where: string): Finding {
  const what = "observe-until is set: foreign hosts and projects below your policy are let through";
  return { check: "observe", reach: "run", where, what, fix: "take the line out" };
}

function finding(check: string, where: string, what: string, fix: string): Finding {
  return { check, reach: "trust", where, what, fix };
}

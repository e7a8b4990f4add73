import { formatTime } from "@countermark/tuf";
import type { VerifiedIndex } from "./verified-index.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/**
 * Installers are warned when less than this is left of what people sign: time for an index's operator to hear of it. What
 * is signed online lives for days only and is renewed by itself.
 */
export const WARN_BEFORE_MS = 30 * DAY_MS;

/** One line when what people signed for this index ends soon: then installs stop. `now` in milliseconds since the epoch. */
export function expiryWarning({ set, roles }: Pick<VerifiedIndex, "set" | "roles">, now: number): string | undefined {
  const ends = [
    ["root", set.root.signed.expires],
    ["targets", roles.envelope("targets")?.signed.expires ?? Infinity],
  ] as const;
  const [role, end] = ends[0][1] <= ends[1][1] ? ends[0] : ends[1];
  if (end - now >= WARN_BEFORE_MS) return undefined;
  const days = Math.max(0, Math.floor((end - now) / DAY_MS));
  return `${role} expires in ${days} days (${formatTime(end)}), and then installs stop: tell the index's operator`;
}

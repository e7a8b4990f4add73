const DAY_MS = 24 * 60 * 60 * 1000;

/** A day as `2027-11-18` (UTC). */
export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Whole days from now until then, rounded down; negative when it has passed. */
export function daysUntil(then: number, now: number): number {
  return Math.floor((then - now) / DAY_MS);
}

/** `1 file`, `1,234 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}

import { TufError } from "../errors.ts";
import { shown } from "../shown.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits can say and Python's datetime can hold. */
const EARLIEST_MS = daysSinceEpoch(1, 1, 1) * DAY_MS;
const LATEST_MS = daysSinceEpoch(10_000, 1, 1) * DAY_MS - 1;

/**
 * Milliseconds since the epoch of a time as TUF writes it: `2030-01-01T00:00:00Z` and nothing else (TUF 4.2.1).
 * Throws `TUF_FORMAT`.
 */
export function parseTime(text: string): number {
  const [year, month, day, hour, minute, second] = TIME.exec(text)?.slice(1).map(Number) ?? [];
  const valid =
    year !== undefined &&
    month !== undefined &&
    day !== undefined &&
    hour !== undefined &&
    minute !== undefined &&
    second !== undefined &&
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!valid) throw new TufError("TUF_FORMAT", `${shown(text)} is not a time like 2030-01-01T00:00:00Z`);
  return daysSinceEpoch(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** The time as TUF writes it (TUF 4.2.1), fractions of a second cut off. Throws `TUF_FORMAT` outside of years 1 to 9999. */
export function formatTime(ms: number): string {
  if (!(ms >= EARLIEST_MS && ms <= LATEST_MS))
    throw new TufError("TUF_FORMAT", `${ms} ms is not a time that can be written`);
  const days = Math.floor(ms / DAY_MS);
  const second = Math.floor((ms - days * DAY_MS) / 1000);
  const { year, month, day } = civilDate(days);
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
  return `${date}T${digits(Math.floor(second / 3600), 2)}:${digits(Math.floor(second / 60) % 60, 2)}:${digits(second % 60, 2)}Z`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01, proleptic Gregorian; the year is taken to begin in March, so that leap days come last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse of `daysSinceEpoch`. */
function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = ((monthFromMarch + 2) % 12) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

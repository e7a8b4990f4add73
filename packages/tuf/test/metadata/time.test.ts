import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatTime, parseTime } from "@countermark/tuf";
import { refused } from "../support/repository.ts";

test("reads and writes times as TUF does (TUF 4.2.1)", () => {
  assert.equal(parseTime("2030-01-01T00:00:00Z"), Date.UTC(2030, 0, 1));
  assert.equal(formatTime(Date.UTC(2030, 0, 1, 23, 59, 58, 999)), "2030-01-01T23:59:58Z");
  assert.equal(parseTime("2024-02-29T12:34:56Z"), Date.UTC(2024, 1, 29, 12, 34, 56));
  assert.equal(parseTime("1969-12-31T23:59:59Z"), -1000);
  assert.equal(parseTime("2000-02-29T00:00:00Z"), Date.UTC(2000, 1, 29));
});

test("agrees with Date over all years that can be written", () => {
  const first = Date.parse("0001-01-01T00:00:00Z");
  const last = Date.parse("9999-12-31T23:59:59Z");
  fc.assert(
    fc.property(fc.integer({ min: first / 1000, max: last / 1000 }), (second) => {
      const text = new Date(second * 1000).toISOString().replace(".000Z", "Z");
      assert.equal(formatTime(second * 1000), text);
      assert.equal(parseTime(text), second * 1000);
    }),
    { numRuns: 2000, examples: [[first / 1000], [last / 1000], [0], [-1]] },
  );
});

test("every month ends when it does, in leap years too (ISO 8601)", () => {
  for (const year of [1900, 2000, 2023, 2024]) {
    for (let month = 1; month <= 12; month += 1) {
      const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
      const day = (number: number): string => `${year}-${String(month).padStart(2, "0")}-${number}T00:00:00Z`;
      assert.equal(parseTime(day(last)), Date.UTC(year, month - 1, last));
      refused(() => parseTime(day(last + 1)), "TUF_FORMAT", /is not a time/);
    }
  }
});

test("the days around each turn of a year and each leap day are those of Date", () => {
  for (let year = 1; year <= 9999; year += 1) {
    for (const day of [`${String(year).padStart(4, "0")}-01-01`, `${String(year).padStart(4, "0")}-03-01`]) {
      const begin = Date.parse(`${day}T00:00:00Z`);
      for (const ms of [begin - 1, begin].filter((one) => one >= Date.parse("0001-01-01T00:00:00Z"))) {
        assert.equal(formatTime(ms), `${new Date(ms).toISOString().slice(0, 19)}Z`);
      }
    }
  }
  const last = Date.parse("9999-12-31T23:59:59.999Z");
  assert.equal(formatTime(last), "9999-12-31T23:59:59Z");
  refused(() => formatTime(last + 1), "TUF_FORMAT", /not a time that can be written/);
});

for (const [what, text] of [
  ["a date without zone", "2030-01-01T00:00:00"],
  ["fractions of a second", "2030-01-01T00:00:00.5Z"],
  ["another zone", "2030-01-01T00:00:00+00:00"],
  ["a year alone", "2040"],
  ["a date alone", "2030-01-01"],
  ["a space for T", "2030-01-01 00:00:00Z"],
  ["small letters", "2030-01-01t00:00:00z"],
  ["one digit for a month", "2030-1-01T00:00:00Z"],
  ["five digits for a year", "10000-01-01T00:00:00Z"],
  ["the year 0", "0000-01-01T00:00:00Z"],
  ["month 0", "2030-00-01T00:00:00Z"],
  ["month 13", "2030-13-01T00:00:00Z"],
  ["day 0", "2030-01-00T00:00:00Z"],
  ["day 32", "2030-01-32T00:00:00Z"],
  ["31 April", "2030-04-31T00:00:00Z"],
  ["29 February of a common year", "2030-02-29T00:00:00Z"],
  ["29 February of 2100", "2100-02-29T00:00:00Z"],
  ["hour 24", "2030-01-01T24:00:00Z"],
  ["minute 60", "2030-01-01T00:60:00Z"],
  ["a leap second", "2016-12-31T23:59:60Z"],
  ["a trailing line break", "2030-01-01T00:00:00Z\n"],
  ["other digits", "٢٠٣٠-01-01T00:00:00Z"],
  ["nothing", ""],
] as const) {
  test(`refuses ${what}`, () => {
    refused(() => parseTime(text), "TUF_FORMAT", /is not a time/);
  });
}

for (const ms of [
  Number.NaN,
  Infinity,
  -Infinity,
  Date.parse("0001-01-01T00:00:00Z") - 1,
  Date.parse("9999-12-31T23:59:59.999Z") + 1,
]) {
  test(`cannot write ${ms} ms`, () => {
    refused(() => formatTime(ms), "TUF_FORMAT", /not a time that can be written/);
  });
}

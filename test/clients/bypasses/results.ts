import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cache } from "../../../tools/python/places.ts";
import type { Row } from "./case.ts";

/** Where a run of the test leaves what held in it, for `tools/docs/bypasses.ts` to make the page of. */
const RESULTS = join(cache, "bypasses.json");

export function writeResults(rows: readonly Row[]): void {
  mkdirSync(dirname(RESULTS), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify(rows, undefined, 2)}\n`);
}

/** The rows that held in the latest run; `undefined` before the first. */
export function readResults(): readonly Row[] | undefined {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as readonly Row[]) : undefined;
}

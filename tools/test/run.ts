/**
 * Runs the workspace's tests with node:test and ends with one line `N passed, N failed, N skipped`.
 * Arguments narrow it down: `packages`, `test`, a folder below them, or a file.
 */
import { globSync, statSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const places = process.argv.slice(2);
const patterns = (places.length > 0 ? places : ["packages", "test"]).map((place) =>
  statSync(place).isDirectory() ? `${place}/**/*.test.ts` : place,
);
const files = globSync(patterns, { exclude: (path) => path.includes("node_modules") }).sort();

/** Longest that one test file may take; a file that hangs is a failure, not a stuck run. */
const FILE_TIMEOUT_MS = 10 * 60 * 1000;

const counts = { passed: 0, failed: 0, skipped: 0 };
const tests = run({ files, concurrency: 2, timeout: FILE_TIMEOUT_MS });
tests.on("test:pass", ({ details, skip, todo }) => {
  if (details.type === "suite") return;
  if (skip !== undefined || todo !== undefined) counts.skipped += 1;
  else counts.passed += 1;
});
tests.on("test:fail", ({ details, todo }) => {
  if (details.type === "suite" || todo !== undefined) return;
  counts.failed += 1;
});
tests.pipe(new spec()).pipe(process.stdout);
tests.on("end", () => {
  const nothing = counts.passed === 0;
  process.exitCode = counts.failed > 0 || nothing ? 1 : 0;
  process.once("exit", () => {
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  });
});

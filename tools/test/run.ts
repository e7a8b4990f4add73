/**
 * Runs the workspace's tests with node:test and ends with one line `N passed, N failed, N skipped`.
 * Arguments narrow it down: `packages`, `test`, a folder below them, or a file. Generated inputs are the same each time;
 * `--any-seed` looks for new ones, and a failure names its seed.
 */
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";

const { values: options, positionals: places } = parseArgs({
  options: { "any-seed": { type: "boolean", default: false } },
  allowPositionals: true,
});
const patterns = (places.length > 0 ? places : ["packages", "test"]).map((place) =>
  statSync(place).isDirectory() ? `${place}/**/*.test.ts` : place,
);
const files = globSync(patterns, { exclude: (path) => path.includes("node_modules") }).sort();

/** Longest that one test file may take; a file that hangs is a failure, not a stuck run. */
const FILE_TIMEOUT_MS = 10 * 60 * 1000;

const counts = { passed: 0, failed: 0, skipped: 0 };
const [generating, others] = options["any-seed"] ? [[], files] : byGenerating(files);
await runFiles(generating, ["--import", join(import.meta.dirname, "fixed-seed.ts")]);
await runFiles(others, []);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);

/** Those that generate inputs, and the rest. */
function byGenerating(paths: readonly string[]): [string[], string[]] {
  const generates = (path: string): boolean => readFileSync(path, "utf8").includes('"fast-check"');
  return [paths.filter(generates), paths.filter((path) => !generates(path))];
}

/** Runs the files, two at a time, each in a process of its own with these arguments of Node; adds to `counts`. */
async function runFiles(paths: string[], execArgv: string[]): Promise<void> {
  if (paths.length === 0) return;
  const tests = run({ files: paths, execArgv, concurrency: 2, timeout: FILE_TIMEOUT_MS });
  tests.on("test:pass", ({ details, skip, todo }) => {
    if (details.type === "suite") return;
    if (skip !== undefined || todo !== undefined) counts.skipped += 1;
    else counts.passed += 1;
  });
  tests.on("test:fail", ({ details, todo }) => {
    if (details.type !== "suite" && todo === undefined) counts.failed += 1;
  });
  for await (const text of tests.pipe(new spec())) process.stdout.write(text as Buffer);
}

/**
 * Tries mutants of the TUF core against the core's own tests, to prove that each check has a test that fails without it:
 * `node tools/mutation/mutate.ts [--file PATH]... [--from LINE] [--part N/OF] [--write]`
 *
 * Prints the mutants that no test noticed and that `equivalent.ts` does not explain; ends with 1 where there are any.
 * `--write` writes docs/mutation.md. Takes hours; `--part 2/5` tries every fifth mutant of each file, from the second on, and
 * `--from` those from a line on.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { checkout } from "../python/places.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { renderReport, type FileResult } from "./report.ts";
import { Sandbox } from "./sandbox.ts";

/** Where the checks are that the whole promise rests on. */
const FILES = [
  "src/json/reader.ts",
  "src/json/lazy-members.ts",
  "src/json/usual.ts",
  "src/json/canonical.ts",
  "src/trusted-set/trusted-set.ts",
  "src/trusted-set/search.ts",
  "src/metadata/verify.ts",
  "src/metadata/hashes.ts",
  "src/metadata/envelope.ts",
];

const { values: options } = parseArgs({
  options: {
    file: { type: "string", multiple: true, default: FILES },
    from: { type: "string", default: "1" },
    part: { type: "string", default: "1/1" },
    write: { type: "boolean", default: false },
  },
});
const [part = 1, parts = 1] = options.part.split("/").map(Number);

const sandbox = new Sandbox("tuf");
// The copy is what mutants are made of: the checkout may be edited meanwhile.
process.chdir(sandbox.folder);
const results: FileResult[] = [];
try {
  await sandbox.measure("test/**/*.test.ts");
  for (const file of options.file) results.push(await tryFile(file));
} finally {
  process.chdir(checkout);
  sandbox.remove();
}
for (const { mutant, outcome } of sandbox.endless) {
  process.stderr.write(`  noticed because it ${outcome}: ${mutant.file}:${mutant.line}: ${mutant.change}\n`);
}
const unexplained = results.flatMap(({ survivors }) => survivors.filter((each) => explanation(each) === undefined));
for (const { file, line, where, change } of unexplained) console.log(`${file}:${line} in ${where}: ${change}`);
console.log(`${unexplained.length} mutants survive unexplained`);
if (options.write) writeFileSync(join(checkout, "docs", "mutation.md"), renderReport(results, explanation));
process.exitCode = unexplained.length > 0 ? 1 : 0;

async function tryFile(file: string): Promise<FileResult> {
  const mutants = mutantsOf(file)
    .filter(({ line }) => line >= Number(options.from))
    .filter((_, at) => at % parts === part - 1);
  const nearest = `${dirname(file).replace(/^src/, "test")}/**/*.test.ts`;
  const survivors: Mutant[] = [];
  for (const mutant of mutants) {
    if (await sandbox.notices(mutant, nearest, "test/**/*.test.ts")) continue;
    survivors.push(mutant);
    process.stderr.write(`  survives: ${file}:${mutant.line} in ${mutant.where}: ${mutant.change}\n`);
  }
  process.stderr.write(`${file}: ${mutants.length - survivors.length} of ${mutants.length} noticed\n`);
  return { file, mutants: mutants.length, survivors };
}

function explanation({ file, where, change }: Mutant): string | undefined {
  return EQUIVALENT.find((each) => each.file === file && each.where === where && each.change === change)?.why;
}

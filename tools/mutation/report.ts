import type { Mutant } from "./mutants.ts";

export interface FileResult {
  readonly file: string;
  readonly mutants: number;
  /** Of those noticed: in how many the tests did not come to their end. */
  readonly ended: number;
  readonly survivors: readonly Mutant[];
}

const HEAD = `# Is each check tested?

A check whose removal no test notices may as well not be there. \`node tools/mutation/mutate.ts\` removes, turns round or moves each
check of the files below, one at a time, in a copy of \`packages/tuf\`, and runs the package's own tests. A mutant is *noticed* when
a test fails or does not end; one *survives* when the whole suite passes with it. \`--write\` makes this page.

The run keeps one process warm and gives each mutant the package's modules and tests anew. What noticed its neighbours is tried
first, then what runs its place by the engine's own coverage, then all other tests; the first failure ends it. A test is ended
when it computes 20 times what it does without a mutant (3 seconds at least): what counts is what it computes, so a busy machine
makes nothing look noticed. When a process dies in any other way, the run goes on only if the tests still run without a mutant.
\`--results FILE\` keeps what was found, so that a run can be ended and continued; \`--workers N\` tries several at a time.
`;

/** docs/mutation.md. */
export function renderReport(
  results: readonly FileResult[],
  explanation: (mutant: Mutant) => string | undefined,
): string {
  const mutants = sum(results.map((result) => result.mutants));
  const survivors = results.flatMap((result) => result.survivors);
  const explained = survivors.flatMap((each) => {
    const why = explanation(each);
    return why === undefined ? [] : [row(`\`${each.file}\``, `\`${each.where}\``, each.change, why)];
  });
  const others = survivors.filter((each) => explanation(each) === undefined);
  const left = others.map(({ file, line, where, change }) => row(`\`${file}\``, String(line), `\`${where}\``, change));
  return [
    HEAD,
    `${mutants - survivors.length} of ${mutants} mutants in ${results.length} files are noticed and ${survivors.length} survive: ` +
      `${explained.length} for a reason that stands below, ${left.length} that have not been looked at one by one. Some of these may be gaps.\n`,
    table(["file", "mutants", "noticed", "of these, endless or fatal", "survive"], results.map(countsOf)),
    "## Survivors that change nothing\n",
    table(["file", "in", "change", "why no test can notice"], explained),
    "## Survivors not explained yet\n",
    table(["file", "line", "in", "change"], left),
  ].join("\n");
}

function countsOf({ file, mutants, ended, survivors }: FileResult): string {
  return row(`\`${file}\``, ...[mutants, mutants - survivors.length, ended, survivors.length].map(String));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function table(heads: readonly string[], rows: readonly string[]): string {
  return `${[row(...heads), `|${"---|".repeat(heads.length)}`, ...rows].join("\n")}\n`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

import type { Mutant } from "./mutants.ts";

export interface FileResult {
  readonly file: string;
  readonly mutants: number;
  /** Of those noticed: in how many the tests did not come to their end. */
  readonly ended: number;
  readonly survivors: readonly Mutant[];
}

/** docs/mutation.md. */
export function renderReport(
  results: readonly FileResult[],
  explanation: (mutant: Mutant) => string | undefined,
): string {
  const counts = results.map(({ file, mutants, survivors }) => {
    return `| \`${file}\` | ${mutants} | ${mutants - survivors.length} | ${survivors.length} |`;
  });
  const survivors = results
    .flatMap((result) => result.survivors)
    .map(
      (each) =>
        `| \`${each.file}\` | \`${each.where}\` | ${cell(each.change)} | ${cell(explanation(each) ?? "**unexplained**")} |`,
    );
  return `# Is each check tested?

A check whose removal no test notices may as well not be there. \`node tools/mutation/mutate.ts --write\` makes this page: it
removes, turns round or moves each check of the files below, one at a time, in a copy of \`packages/tuf\`, and runs the
package's own tests. A mutant is *noticed* when a test fails or does not end.

| file | mutants | noticed | survive |
|---|---|---|---|
${counts.join("\n")}

## Survivors

Each of these was looked at: it changes nothing that a caller could see, for the reason given.

| file | in | change | why no test can notice |
|---|---|---|---|
${survivors.join("\n")}
`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

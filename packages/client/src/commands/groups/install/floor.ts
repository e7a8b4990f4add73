import type { Command } from "commander";
import type { Finish } from "../finish.ts";

const FLOOR_HELP = `
Examples:
  countermark floor                                           print the line
  countermark trust URL --root 6f2a… --floor "ceremony=2 …"   begin from it, in a CI job

Whoever has seen nothing of an index yet can be shown an old state that has not expired. A job that begins from a line
cannot: keep it beside the fingerprint, and print it anew after each ceremony.
`;

/** `floor` and `floor raise`. */
export function addFloor(program: Command, finish: Finish): void {
  const floor = program
    .command("floor")
    .description("print what the index shows now in one line, below which others need never fall")
    .option("--index <url>", "which of the trusted indexes")
    .option("--project <name...>", "projects whose own roles the line shall speak of, too")
    .option("--json", "print it as JSON")
    .addHelpText("after", FLOOR_HELP)
    .action(async ({ index, project = [], json }: { index?: string; project?: string[]; json?: boolean }) => {
      const { showFloor } = await import("../../floor.ts");
      finish(
        await showFloor({ projects: project, ...(index !== undefined && { index }), ...(json === true && { json }) }),
      );
    });
  floor
    .command("raise")
    .description("take such a line over, once the index is seen to meet it")
    .argument("<line>", "as `countermark floor` prints it, in quotes")
    .option("--index <url>", "which of the trusted indexes")
    .action(async (line: string, options: { index?: string }) => {
      const { raiseFloor } = await import("../../floor.ts");
      finish(await raiseFloor(line, options));
    });
}

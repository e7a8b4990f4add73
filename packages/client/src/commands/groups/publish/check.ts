import type { Command } from "commander";
import type { Finish } from "../finish.ts";

const HELP = `
Checks files from end to end as an index does before it takes them: names, archives that can be read in one way only,
metadata, RECORD, checksums. Nothing is sent. Exit code 1 where some file has a problem.

Examples:
  countermark check dist/*
  countermark check --json dist/flask-3.1.0-py3-none-any.whl`;

/** `check`: what an index would say. */
export function addCheck(program: Command, finish: Finish): void {
  program
    .command("check <file...>")
    .summary("say what an index would refuse in wheels and sdists")
    .description("Says what an index would refuse in wheels and sdists, and why.")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (files: readonly string[], options: { readonly json?: boolean }) => {
      const { check } = await import("../../publish/check.ts");
      finish(await check(files, options));
    });
}

import type { Command } from "commander";
import type { Finish } from "../finish.ts";

/** `why` and `status`: what is known and who vouches for it. */
export function addLook(program: Command, finish: Finish): void {
  program
    .command("why")
    .description("tell who vouches for a project's files, and who could forge them")
    .argument("<project>", "its name, or one release: flask==2.0")
    .option("--index <url>", "which of the trusted indexes")
    .option("--offline", "ask no index: go by what was verified and fetched before, and say what that cannot tell")
    .option("--json", "print it as JSON")
    .action(async (project: string, options: { index?: string; json?: boolean; offline?: boolean }) => {
      const { why } = await import("../../why.ts");
      finish(await why(project, options));
    });
  program
    .command("status")
    .description("tell which indexes are trusted, without asking them")
    .option("--json", "print it as JSON")
    .action(async (options: { json?: boolean }) => {
      const { status } = await import("../../status.ts");
      finish(status(options));
    });
}

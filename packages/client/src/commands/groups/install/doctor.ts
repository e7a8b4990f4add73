import type { Command } from "commander";
import type { Finish } from "../finish.ts";

const DOCTOR_HELP = `
Examples:
  countermark doctor                in a project's folder: the machine and the project
  countermark doctor --json

It reads the settings of pip, uv, poetry, pdm, git and conda on all their levels, the project's files, PATH, proxies, the
trusted state and its permissions, and compares the clock with the index. It ends with what no gate can catch. The exit code is 1 when something is found.
`;

/** `doctor`: what would go past verification here. */
export function addDoctor(program: Command, finish: Finish): void {
  program
    .command("doctor")
    .description("tell what on this machine and in this project would go past verification")
    .option("--index <url>", "which of the trusted indexes")
    .option("--json", "print it as JSON")
    .addHelpText("after", DOCTOR_HELP)
    .action(async (options: { index?: string; json?: boolean }) => {
      const { doctor } = await import("../../doctor.ts");
      finish(await doctor(options));
    });
}

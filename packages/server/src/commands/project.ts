import type { Command } from "commander";
import { addMemberCommand } from "./project-member.ts";

/** `project`: what belongs to one project. */
export function addProjectCommand(program: Command): void {
  const project = program
    .command("project")
    .summary("what belongs to one project")
    .description("What belongs to one project.")
    .helpCommand(false);
  addMemberCommand(project);
}

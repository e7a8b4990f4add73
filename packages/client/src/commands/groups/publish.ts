import type { Command } from "commander";
import type { Finish } from "./finish.ts";
import { addAccountCommands } from "./publish/account.ts";
import { addChanges } from "./publish/change.ts";
import { addCheck } from "./publish/check.ts";
import { addLogin } from "./publish/login.ts";
import { addProjectCommands } from "./publish/project.ts";
import { addPublish } from "./publish/publish.ts";

/** What people and CI jobs that release use. */
export function addPublishCommands(program: Command, finish: Finish): void {
  program.commandsGroup("Publish:");
  addLogin(program, finish);
  addCheck(program, finish);
  addPublish(program, finish);
  addChanges(program, finish);
  addProjectCommands(program, finish);
  addAccountCommands(program, finish);
}

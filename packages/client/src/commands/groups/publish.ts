import type { Command } from "commander";
import type { Finish } from "./finish.ts";
import { addLogin } from "./publish/login.ts";
import { addPublish } from "./publish/publish.ts";

/** What people and CI jobs that release use. */
export function addPublishCommands(program: Command, finish: Finish): void {
  program.commandsGroup("Publish:");
  addLogin(program, finish);
  addPublish(program, finish);
}

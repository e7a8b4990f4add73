import type { Command } from "commander";
import type { Finish } from "./finish.ts";
import { addAgent } from "./install/agent.ts";
import { addCompletion } from "./install/completion.ts";
import { addDoctor } from "./install/doctor.ts";
import { addFloor } from "./install/floor.ts";
import { addLock } from "./install/lock.ts";
import { addLook } from "./install/look.ts";
import { addRun } from "./install/run.ts";
import { addTrust } from "./install/trust.ts";

/** What people and CI jobs that install use. */
export function addInstallCommands(program: Command, finish: Finish): void {
  program.commandsGroup("Install:");
  addTrust(program, finish);
  addRun(program, finish);
  addAgent(program, finish);
  addLook(program, finish);
  addLock(program, finish);
  addFloor(program, finish);
  addDoctor(program, finish);
  addCompletion(program, finish);
}

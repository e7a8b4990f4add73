import { homedir } from "node:os";
import { findFolders } from "../config/folders.ts";
import { searchedFolders } from "../config/project-settings.ts";
import type { Finding, Reach } from "../doctor/finding.ts";
import { checkIndex } from "../doctor/index-state.ts";
import { checkMachine, checkState } from "../doctor/machine.ts";
import { checkProject } from "../doctor/project-files.ts";
import { UNCAUGHT } from "../gate/uncaught.ts";
import { printable } from "../printable.ts";
import { print, say } from "./report.ts";

const FOUND = 1;
/** Set by what starts the command in its place (the wheel's script, the checkout's): the program that a shell finds. */
const LAUNCHER = "COUNTERMARK_LAUNCHER";

/** What `countermark doctor` was asked for. */
export interface DoctorOptions {
  readonly index?: string;
  readonly json?: boolean;
}

const HEADINGS: Readonly<Record<Reach, string>> = {
  trust: "what you trust",
  run: "goes past `countermark run`",
  agent: "goes past `countermark agent` and plain commands; `countermark run` refuses it and says so",
};

/** Tells what on this machine and in this project would lead around verification, and how to mend it. */
export async function doctor({ index, json }: DoctorOptions): Promise<number> {
  const folders = searchedFolders({ home: homedir() });
  const projects = await Promise.all((folders.length === 0 ? [process.cwd()] : folders).map(checkProject));
  const found = [
    ...checkState(findFolders().config),
    ...(await checkIndex(index, Date.now())),
    ...(await checkMachine(process.env, process.env[LAUNCHER] ?? process.argv[1] ?? "")),
    ...projects.flat(),
  ];
  if (json === true) print(JSON.stringify({ findings: found, uncaught: UNCAUGHT }));
  else tell(found);
  say(found.length === 0 ? "countermark: nothing was found" : `countermark: ${found.length} found`);
  return found.length === 0 ? 0 : FOUND;
}

function tell(found: readonly Finding[]): void {
  for (const [reach, heading] of Object.entries(HEADINGS)) {
    const some = found.filter((finding) => finding.reach === reach);
    if (some.length === 0) continue;
    print(`${heading}:`);
    for (const { where, what, fix } of some) print(`  ${printable(where)}: ${printable(what, 1000)}\n    fix: ${fix}`);
  }
  print("no gate catches, on any machine:");
  for (const { what, fix } of UNCAUGHT) print(`  ${what}\n    fix: ${fix}`);
}

import type { Command, Option } from "commander";

/** Commands whose options may stand in the configuration file, each under a table of its own name. */
const SECTIONS = ["serve", "import", "backup", "fsck"] as const;
/** What belongs to one call and not to an installation. */
const OF_ONE_CALL = new Set(["config", "data", "json", "token-fd", "project", "repair"]);

/** The options of a command by their names in the file: the flag without its dashes. */
export type Section = ReadonlyMap<string, Option>;

/** Every table of the file. */
export function sectionsOf(program: Command): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  for (const name of SECTIONS) {
    const command = program.commands.find((one) => one.name() === name);
    if (command !== undefined) sections.set(name, sectionOf(command));
  }
  return sections;
}

function sectionOf(command: Command): Section {
  const named = command.options.map((option) => [option.long?.slice(2) ?? "", option] as const);
  return new Map(named.filter(([name]) => name !== "" && !OF_ONE_CALL.has(name)));
}

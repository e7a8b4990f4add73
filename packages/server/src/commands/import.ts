import type { Command } from "commander";
import { dataOption } from "./options.ts";

/** The options of `import`, read. */
export interface ImportOptions {
  readonly data: string;
  readonly json?: true;
}

const HELP = `
FOLDER is what 'pip download' makes or pypiserver keeps: wheels (.whl) and sdists (.tar.gz, .zip), in it and in the
folders below. Every file is opened and checked; a bad one is told of at the end and keeps no other out. A file counts
as published when the index has signed it; then installers see it, also while 'serve' runs. Stop it or kill it at any
moment and run it again: it goes on where it was. The time of the import stands as each file's upload time, since that
is the only time of which this index knows anything.

With --json each file is one line as it comes to its end, and the last line is a summary.

Examples:
  pip download --dest wheels flask rich
  countermark-server import --data /srv/index wheels`;

/** `import`: brings a folder of distributions into the index. */
export function addImportCommand(program: Command): void {
  program
    .command("import <folder>")
    .summary("bring in a folder of wheels and sdists")
    .description("Brings the wheels and sdists of a folder into the index, checked and signed.")
    .addOption(dataOption())
    .option("--json", "print one JSON object for each file and a summary")
    .addHelpText("after", HELP)
    .action(async (folder: string, options: ImportOptions) => {
      const { importFolder } = await import("./run-import.ts");
      await importFolder(folder, options);
    });
}

import type { Command } from "commander";
import { dataOption, parseDescriptor } from "./options.ts";

/** The options of `import`, read. */
export interface ImportOptions {
  readonly data: string;
  readonly json?: true;
  readonly project?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly tokenFd?: number;
}

const HELP = `
FROM is a folder, or the simple address of another index: devpi (.../USER/INDEX/+simple/), pypiserver (.../simple/),
Artifactory (.../api/pypi/NAME/simple/). Of an index every file is compared with the hash that its page gives, and yanks
are carried over. Files must lie on the index's own host, or on one named by --allow-host. --token-fd 3 reads
'user:password' or a token from that file descriptor, so that it stands in no list of processes; it is sent to the
index's own host only. Imported files are nobody's: no developer has signed them yet.

A folder is what 'pip download' makes or pypiserver keeps: wheels (.whl) and sdists (.tar.gz, .zip), in it and in the
folders below. Every file is opened and checked; a bad one is told of at the end and keeps no other out. A file counts
as published when the index has signed it; then installers see it, also while 'serve' runs. Stop it or kill it at any
moment and run it again: it goes on where it was. The time of the import stands as each file's upload time, since that
is the only time of which this index knows anything.

With --json each file is one line as it comes to its end, and the last line is a summary.

Examples:
  pip download --dest wheels flask rich
  countermark-server import --data /srv/index wheels
  countermark-server import --data /srv/index https://devpi.example.org/team/prod/+simple/ --project flask rich
  countermark-server import --data /srv/index https://index.example.org/simple/ --token-fd 3 3< secret`;

/** `import`: brings a folder of distributions into the index. */
export function addImportCommand(program: Command): void {
  program
    .command("import <from>")
    .summary("bring in a folder of wheels and sdists, or another index")
    .description("Brings the wheels and sdists of a folder or of another index into this one, checked and signed.")
    .addOption(dataOption())
    .option("--project <name...>", "of another index only these projects")
    .option("--allow-host <host...>", "other hosts (HOST or HOST:PORT) from which an index's files may come")
    .option(
      "--token-fd <number>",
      "file descriptor with 'user:password' or a token for the other index",
      parseDescriptor,
    )
    .option("--json", "print one JSON object for each file and a summary")
    .addHelpText("after", HELP)
    .action(async (from: string, options: ImportOptions) => {
      const { runImport } = await import("./run-import.ts");
      await runImport(from, options);
    });
}

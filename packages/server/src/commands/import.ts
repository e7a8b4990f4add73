import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { openIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { importFiles, type Outcome } from "../import/import.ts";
import { walk } from "../import/walk.ts";
import { makePublisher } from "../publisher/make.ts";
import { dataOption } from "./options.ts";
import { ImportProgress } from "./import-progress.ts";
import { stopSignal } from "./stop.ts";

interface Options {
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
    .action(importFolder);
}

async function importFolder(folder: string, options: Options): Promise<void> {
  const index = await openIndex(options.data);
  const stop = stopSignal();
  try {
    const publisher = makePublisher(index, systemClock);
    await index.blobs.tidy();
    // What an import that was killed has left accepted.
    await publisher.run();
    const found = await walk(folder);
    const progress = new ImportProgress(found, options.json === true);
    const onOutcome = (outcome: Outcome): void => {
      progress.add(outcome);
    };
    try {
      await importFiles(index, publisher, found, { clock: systemClock, onOutcome, stop: stop.signal });
    } finally {
      progress.end(stop.signal.aborted);
    }
    process.exitCode = exitCode(progress, stop.signal.aborted);
  } finally {
    stop.release();
    await index.store.close();
  }
}

/** As shells count a process that was interrupted. */
const INTERRUPTED = 130;

function exitCode(progress: ImportProgress, stopped: boolean): number {
  if (stopped) return INTERRUPTED;
  if (progress.refused === 0) return 0;
  return new ServerError("IMPORT_INCOMPLETE", "some files were refused").exitCode;
}

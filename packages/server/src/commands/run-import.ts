import { systemClock } from "../clock.ts";
import { openIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { expiries, expiryWarnings } from "../health/expiry.ts";
import { importFiles, type Outcome } from "../import/import.ts";
import { walk } from "../import/walk.ts";
import { makePublisher } from "../publisher/make.ts";
import { ImportProgress } from "./import-progress.ts";
import type { ImportOptions } from "./import.ts";
import { stopSignal } from "./stop.ts";

/** Imports a folder and tells of it while it runs. */
export async function importFolder(folder: string, options: ImportOptions): Promise<void> {
  const index = await openIndex(options.data);
  const stop = stopSignal();
  try {
    const publisher = makePublisher(index, systemClock);
    for (const { message } of expiryWarnings(expiries(await index.store.roles()), systemClock())) {
      process.stderr.write(`warning: ${message}\n`);
    }
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

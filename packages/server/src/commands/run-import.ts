import { readFileSync } from "node:fs";
import { systemClock } from "../clock.ts";
import { openIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { expiries, expiryWarnings } from "../health/expiry.ts";
import { importFiles, type Outcome } from "../import/import.ts";
import { simpleUrl, walkRemote } from "../import/remote.ts";
import { walk, type Walk } from "../import/walk.ts";
import { makePublisher } from "../publisher/make.ts";
import { ImportProgress } from "./import-progress.ts";
import type { ImportOptions } from "./import.ts";
import { stopSignal } from "./stop.ts";

/** Imports a folder or another index, and tells of it while it runs. */
export async function runImport(from: string, options: ImportOptions): Promise<void> {
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
    const found = await candidatesOf(from, options, stop.signal);
    const cutShort = stop.signal.aborted; // another index is asked for its files until it is stopped
    const progress = new ImportProgress(found, options.json === true);
    const onOutcome = (outcome: Outcome): void => {
      progress.add(outcome);
    };
    const isStopped = (): boolean => stop.signal.aborted && (cutShort || progress.notReached > 0);
    try {
      await importFiles(index, publisher, found, { clock: systemClock, onOutcome, stop: stop.signal });
    } finally {
      progress.end(isStopped());
    }
    process.exitCode = exitCode(progress, isStopped());
  } finally {
    stop.release();
    await index.store.close();
  }
}

function candidatesOf(from: string, options: ImportOptions, stop: AbortSignal): Promise<Walk> {
  if (!/^https?:\/\//i.test(from)) {
    const { project, allowHost, tokenFd } = options;
    if (project === undefined && allowHost === undefined && tokenFd === undefined) return walk(from);
    throw usage("--project, --allow-host and --token-fd are for another index, not for a folder");
  }
  let simple: URL;
  try {
    simple = simpleUrl(from);
  } catch (error) {
    throw usage(`the address of the index cannot be used: ${(error as Error).message}`);
  }
  const secret = options.tokenFd === undefined ? undefined : readSecret(options.tokenFd);
  return walkRemote({ simple, secret, allowedHosts: options.allowHost ?? [], projects: options.project ?? [] }, stop);
}

/** Longest secret, in bytes. */
const MAX_SECRET = 4096;

function readSecret(fd: number): string {
  let text: string;
  try {
    text = readFileSync(fd, "utf8").trim();
  } catch (cause) {
    throw usage(`file descriptor ${fd} cannot be read`, cause);
  }
  if (text === "" || text.length > MAX_SECRET || !/^[\x20-\x7e]+$/.test(text)) {
    throw usage(`file descriptor ${fd} holds no 'user:password' and no token`);
  }
  return text;
}

function usage(message: string, cause?: unknown): ServerError {
  return new ServerError("USAGE", message, { hint: "see 'countermark-server import --help'", cause });
}

/** As shells count a process that was interrupted. */
const INTERRUPTED = 130;

function exitCode(progress: ImportProgress, stopped: boolean): number {
  if (stopped) return INTERRUPTED;
  if (progress.refused === 0) return 0;
  return new ServerError("IMPORT_INCOMPLETE", "some files were refused").exitCode;
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeCeremonyRecord,
  encodeCeremonyRecord,
  RepositoryError,
  type CeremonyRecord,
} from "@countermark/repository";
import { ServerError, systemError } from "../errors.ts";
import { writeWholeFile } from "../storage/durable.ts";

/** Stands beside the offline keys and is carried with them. */
const FILE = "ceremony.json";
/** Owner only: whoever could change it could have a forgery signed. */
const MODE = 0o600;

/** Writes the record; when this is fulfilled it survives a crash of the machine. */
export async function writeCeremonyRecord(folder: string, record: CeremonyRecord): Promise<void> {
  await writeWholeFile(join(folder, FILE), encodeCeremonyRecord(record), { mode: MODE });
}

/**
 * Reads the record of the last ceremony. Without it there is nothing to hold the database against, so nothing is signed.
 * @throws ServerError `CEREMONY_RECORD`
 */
export async function readCeremonyRecord(folder: string): Promise<CeremonyRecord> {
  const path = join(folder, FILE);
  const file = await readRecord(path);
  try {
    return decodeCeremonyRecord(file);
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    throw refuse(path, "cannot be used", error);
  }
}

async function readRecord(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const known = systemError(error, `cannot read ${path}`);
    if (known instanceof ServerError && known.code === "NO_SUCH_PATH") throw refuse(path, "is missing");
    throw known;
  }
}

function refuse(path: string, what: string, cause?: Error): ServerError {
  const why = cause === undefined ? what : `${what}: ${cause.message}`;
  return new ServerError("CEREMONY_RECORD", `the record of the last ceremony, ${path}, ${why}`, {
    hint: "it is written with the offline keys and belongs beside them: bring it from where a copy of the keys lies",
    cause,
  });
}

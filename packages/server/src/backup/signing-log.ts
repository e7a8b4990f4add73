import { open } from "node:fs/promises";
import { exists } from "../storage/durable.ts";
import { copyInto } from "./copy-into.ts";

/** As the log itself is made. */
const MODE = 0o640;
/** More than the longest line. */
const TAIL_BYTES = 4096;

/**
 * Copies a signing log into a folder, up to the end of its last whole line: the index may be writing the next one. A log
 * that is not there is fine.
 */
export async function copySigningLog(source: string, folder: string): Promise<void> {
  if (await exists(source)) await copyInto(source, folder, MODE, cutAtLastLine);
}

async function cutAtLastLine(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(tail, 0, tail.byteLength, size - tail.byteLength);
    await file.truncate(size - tail.byteLength + tail.lastIndexOf("\n") + 1);
  } finally {
    await file.close();
  }
}

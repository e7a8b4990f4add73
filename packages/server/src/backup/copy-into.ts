import { chmod, copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { systemError } from "../errors.ts";
import { placeFile } from "../storage/durable.ts";

/**
 * Copies a small file into a folder, where it has its name when it is whole.
 * @param trim cuts the copy before that
 */
export async function copyInto(
  source: string,
  folder: string,
  mode: number,
  trim: (copy: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const temporary = join(folder, `.${"0".repeat(16)}.part`);
  try {
    await copyFile(source, temporary);
    await chmod(temporary, mode);
    await trim(temporary);
  } catch (error) {
    throw systemError(error, `cannot copy ${source}`);
  }
  await placeFile(temporary, join(folder, basename(source)));
}

import { PackagingError } from "../errors.ts";

/** Most that an archive may unpack to, in bytes. */
export const MAX_UNPACKED_BYTES = 16 * 1024 ** 3;
/** Most characters that the names of all members have together. */
export const MAX_NAMES_LENGTH = 32 * 1024 * 1024;
/** Below this, any ratio is harmless. */
export const BOMB_FLOOR_BYTES = 64 * 1024 ** 2;
/** Above the floor, unpacked bytes per packed byte. */
export const MAX_RATIO = 50;

/** Refuses decompression bombs by what the archive announces, or has shown so far. Throws `ARCHIVE_TOO_LARGE`. */
export function checkUnpackedSize(unpacked: number, packed: number): void {
  if (unpacked > MAX_UNPACKED_BYTES) {
    throw new PackagingError("ARCHIVE_TOO_LARGE", `the archive unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
  }
  if (unpacked > BOMB_FLOOR_BYTES && unpacked > packed * MAX_RATIO) {
    throw new PackagingError("ARCHIVE_TOO_LARGE", `the archive unpacks to more than ${MAX_RATIO} times its size`, {
      hint: "that is how decompression bombs look; leave generated or padded data out of the archive",
    });
  }
}

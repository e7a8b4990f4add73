import { readSync } from "node:fs";
import type { ByteSource } from "@countermark/packaging";

/** An open file as the archive readers want it. */
export function descriptorSource(descriptor: number, size: number): ByteSource {
  return {
    size,
    read(offset, wanted) {
      const buffer = Buffer.alloc(wanted);
      let filled = 0;
      while (filled < wanted) {
        const count = readSync(descriptor, buffer, filled, wanted - filled, offset + filled);
        if (count === 0) throw new RangeError("the file is shorter than it was");
        filled += count;
      }
      return buffer;
    },
  };
}

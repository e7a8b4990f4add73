import { gzipSync } from "node:zlib";
import type { Entry } from "./zip.ts";

const BLOCK = 512;

/** A gzipped POSIX ustar archive of regular files with short names. */
export function tarGz(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(([path, content]) => {
    const data = Buffer.from(content);
    return [header(path, data.length), data, Buffer.alloc(-data.length & (BLOCK - 1))];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, at);
  };
  block.write(path, 0);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.write("        0", 148);
  block.write("ustar\x0000", 257);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return block;
}

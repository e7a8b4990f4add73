/**
 * Preloaded (`--import`) into a command under test: at its very end it writes into the folder `TEST_CORE_FOLDER` what a core
 * dump at that moment would hold (all of its memory that can be written), its command line and its environment. As a control,
 * what stands in the file `TEST_CORE_PLANTED` is kept in memory until then.
 */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const WINDOW = 1 << 22;
const WRITABLE = /^([0-9a-f]+)-([0-9a-f]+) rw/gm;
const folder = process.env["TEST_CORE_FOLDER"] ?? "";
const planted = process.env["TEST_CORE_PLANTED"];
/** As a string of two bytes a character, in one piece: no argument or variable is one. */
const kept = planted === undefined ? undefined : twoBytes(readFileSync(planted, "utf8"));

process.on("exit", () => {
  for (const name of ["cmdline", "environ"]) {
    writeFileSync(join(folder, `${process.pid}.${name}`), readFileSync(`/proc/self/${name}`));
  }
  dumpMemory(join(folder, `${process.pid}.core`));
  // What is asked for here was not collected before.
  if (kept === "") throw new Error("an empty secret was planted");
});

function twoBytes(text: string): string {
  return Buffer.from(`${text}\u4e16`, "utf16le").toString("utf16le");
}

function dumpMemory(path: string): void {
  const [memory, core] = [openSync("/proc/self/mem", "r"), openSync(path, "w", 0o600)];
  const window = Buffer.alloc(WINDOW);
  for (const [, start = "", end = ""] of readFileSync("/proc/self/maps", "latin1").matchAll(WRITABLE)) {
    const last = Number.parseInt(end, 16);
    for (let at = Number.parseInt(start, 16); at < last; at += WINDOW) {
      writeSync(core, window, 0, readAt(memory, window, at, Math.min(WINDOW, last - at)));
    }
  }
  closeSync(memory);
  closeSync(core);
}

/** A region that cannot be read holds nothing for anybody. */
function readAt(memory: number, window: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, window, 0, length, at);
  } catch {
    return 0;
  }
}

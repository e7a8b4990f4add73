import { openSync, readFileSync, readSync } from "node:fs";
import { MASK } from "./identities.ts";

const WINDOW = 1 << 20;
/** Bytes of the longest question. */
const LONGEST = 256;

/** How often each masked question is found in what this process can write. */
export function countInOwnMemory(masked: readonly Buffer[]): number[] {
  const counts = masked.map(() => 0);
  for (const window of windows()) {
    for (const [at, question] of masked.entries()) counts[at] = (counts[at] ?? 0) + countIn(window, question);
  }
  return counts;
}

/** The memory piece by piece, each overlapping the next by the longest secret. */
function* windows(): Generator<Buffer> {
  const memory = openSync("/proc/self/mem", "r");
  const window = Buffer.alloc(WINDOW);
  for (const { start, end } of writableRegions()) {
    for (let at = start; at < end; at += WINDOW - LONGEST) {
      const length = readAt(memory, window, at, end);
      yield window.subarray(0, length);
      if (length === 0) break;
    }
  }
}

/** A region that cannot be read holds nothing for anybody. */
function readAt(memory: number, window: Buffer, at: number, end: number): number {
  try {
    return readSync(memory, window, 0, Math.min(WINDOW, end - at), at);
  } catch {
    return 0;
  }
}

function writableRegions(): { start: number; end: number }[] {
  return readFileSync("/proc/self/maps", "latin1")
    .split("\n")
    .flatMap((line) => {
      const [, start = "", end = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      return start === "" ? [] : [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }];
    });
}

function countIn(window: Buffer, question: Buffer): number {
  const [first, second] = [(question[0] ?? 0) ^ MASK, (question[1] ?? 0) ^ MASK];
  let count = 0;
  for (let at = window.indexOf(first); at >= 0; at = window.indexOf(first, at + 1)) {
    // Most candidates end here, before anything is called.
    if (window[at + 1] !== second) continue;
    if (question.every((byte, offset) => ((window[at + offset] ?? 0) ^ MASK) === byte)) count += 1;
  }
  return count;
}

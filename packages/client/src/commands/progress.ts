import type { Progress } from "../publish/transaction.ts";
import { say } from "./report.ts";

const BAR_WIDTH = 24;
/** Between two pictures, in milliseconds. */
const EVERY_MS = 100;
const CLEAR_LINE = "\r\u001b[K";

/** Bars on a terminal, nothing elsewhere: a log wants no pictures. */
export function showProgress(): Progress & { end(): void } {
  const out = process.stderr;
  let last = 0;
  return {
    sending({ filename, length }, sent) {
      const now = Date.now();
      if (!out.isTTY || (now - last < EVERY_MS && sent < length)) return;
      last = now;
      out.write(`${CLEAR_LINE}  ${bar(sent / Math.max(length, 1))} ${filename}`);
    },
    rebased({ present: { signed } }) {
      if (out.isTTY) out.write(CLEAR_LINE);
      say(`others published first: your change now stands on top of r.${signed?.r?.signed.version ?? 0}, signed anew`);
    },
    end() {
      if (out.isTTY) out.write(CLEAR_LINE);
    },
  };
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] ${String(Math.round(share * 100)).padStart(3)} %`;
}

import { join } from "node:path";
import type { Settings } from "./sandbox.ts";

export const DAY_MS: number = 24 * 60 * 60 * 1000;

/** Settings with which a command of ours believes that it is some time later (or earlier) than it is. */
export function clockShiftedBy(ms: number): Settings {
  return {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, "shifted-clock.ts")}`,
    TEST_CLOCK_SHIFT_MS: String(ms),
  };
}

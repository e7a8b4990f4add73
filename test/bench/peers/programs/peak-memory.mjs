import { readFileSync } from "node:fs";

/** The largest resident set of this process, in bytes. Linux's `ru_maxrss` begins with that of the process that started it. */
export function peakBytes() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kilobytes) * 1024;
}

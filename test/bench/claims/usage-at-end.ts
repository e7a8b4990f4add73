/**
 * Preloaded (`--import`) into a command that is measured, it writes what the process has used into the file that
 * `BENCH_USAGE_FILE` names: a parent cannot ask that of one child of many.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = process.env["BENCH_USAGE_FILE"];
delete process.env["BENCH_USAGE_FILE"];
process.on("exit", () => {
  if (file === undefined) return;
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(file, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, mebibytes: mostMemory() }));
});

/** `maxRSS` would tell of the process that was forked, too (getrusage(2)); this is of the program alone (proc(5)). */
function mostMemory(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
}

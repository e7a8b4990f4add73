import { readdirSync, readFileSync } from "node:fs";

/** Kernel ticks per second, as Linux fixes it for user space. */
const TICKS = 100;
const PAGE_BYTES = 4096;

/** What a process and all it has started have used (Linux). */
export interface Usage {
  readonly cpuSeconds: number;
  /** Proportional set size, so that pages that processes share count once. */
  readonly megabytes: number;
}

/** Reads the usage of a process's whole group from /proc. */
export function usageOf(group: number): Usage {
  let [ticks, bytes] = [0, 0];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(fields[2]) !== group) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
      bytes += proportional(pid) ?? Number(fields[21]) * PAGE_BYTES;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { cpuSeconds: ticks / TICKS, megabytes: bytes / 1e6 };
}

function proportional(pid: string): number | undefined {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

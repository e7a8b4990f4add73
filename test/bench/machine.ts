import { existsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem, type } from "node:os";

/** What a figure was measured on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Others' work in the minute before: figures from a busy machine are worth less. */
  readonly load: number;
}

/** The machine that this runs on. */
export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: type(),
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

/** The machine in one line, as it stands above figures. */
export function machineInWords({ cores, processor, memoryGiB, system, node, load }: Machine): string {
  return `${system}, ${cores} cores (${processor}), ${memoryGiB} GiB, Node ${node}, load ${load}`;
}

const SHARED_MEMORY = "/dev/shm";

/** Memory that looks like a folder, where the system has one, so that the disk's moods are not measured. */
export function memoryFolder(): string {
  return existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir();
}

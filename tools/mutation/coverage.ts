import { Session, type Profiler } from "node:inspector/promises";

/** Pieces of a file, as offsets: from, to, from, to … ascending. */
export type Pieces = readonly number[];

/** What ran since one asked last, by the engine's own counting. */
export class Coverage {
  readonly #session = new Session();
  readonly #fileOf: (url: string) => string | undefined;

  constructor(fileOf: (url: string) => string | undefined) {
    this.#fileOf = fileOf;
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  async stop(): Promise<void> {
    await this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  /** What ran of each file since the last call. */
  async take(): Promise<Record<string, Pieces>> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    const ran: Record<string, Pieces> = {};
    for (const { url, functions } of result) {
      const file = this.#fileOf(url);
      if (file?.startsWith("src/") !== true) continue;
      const pieces = covered(functions.flatMap(({ ranges }) => ranges));
      if (pieces.length > 0) ran[file] = pieces;
    }
    return ran;
  }
}

/** Whether a place is in one of the pieces. */
export function covers(pieces: Pieces, at: number): boolean {
  for (let i = 0; i < pieces.length; i += 2) if (at >= (pieces[i] ?? 0) && at < (pieces[i + 1] ?? 0)) return true;
  return false;
}

/** Ranges lie within one another; the innermost says whether a place ran. */
function covered(ranges: readonly Profiler.CoverageRange[]): number[] {
  const end = Math.max(0, ...ranges.map(({ endOffset }) => endOffset));
  const ran = new Uint8Array(end + 1);
  const outermostFirst = ranges.toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of outermostFirst) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  const pieces: number[] = [];
  for (let at = 0; at <= end; at += 1) if ((ran[at] ?? 0) !== (at === 0 ? 0 : (ran[at - 1] ?? 0))) pieces.push(at);
  return pieces;
}

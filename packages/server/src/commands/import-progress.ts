import type { Outcome } from "../import/import.ts";
import type { Walk } from "../import/walk.ts";
import { formatError } from "./report.ts";
import { count } from "./words.ts";

/** Width of the bar, in characters. */
const BAR = 30;
/** Least time between two lines where there is no terminal. */
const LINE_EVERY_MS = 2000;
/** Least time between two drawings on a terminal. */
const DRAW_EVERY_MS = 50;

/** Shows an import on stderr while it runs, and tells what became of it: a bar on a terminal, lines elsewhere. */
export class ImportProgress {
  readonly #total: number;
  readonly #ignored: number;
  readonly #json: boolean;
  readonly #terminal = process.stderr.isTTY;
  readonly #started = performance.now();
  readonly #refusals: Extract<Outcome, { outcome: "refused" }>[] = [];
  readonly #projects = new Set<string>();
  #published = 0;
  #known = 0;
  #shownAt = performance.now();

  constructor({ candidates, ignored }: Walk, json: boolean) {
    this.#total = candidates.length;
    this.#ignored = ignored;
    this.#json = json;
  }

  get refused(): number {
    return this.#refusals.length;
  }

  /** Files that have not come to their end. */
  get notReached(): number {
    return this.#total - this.#done;
  }

  add(outcome: Outcome): void {
    if (outcome.outcome === "refused") this.#refusals.push(outcome);
    else if (outcome.outcome === "known") this.#known += 1;
    else {
      this.#published += 1;
      this.#projects.add(outcome.project);
    }
    if (this.#json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    this.#show();
  }

  /** The last words: a summary, and every refusal with its reason. */
  end(stopped: boolean): void {
    if (this.#terminal) process.stderr.write("\r\u001b[K");
    const seconds = (performance.now() - this.#started) / 1000;
    const summary = {
      published: this.#published,
      known: this.#known,
      refused: this.refused,
      ignored: this.#ignored,
      notReached: this.notReached,
      seconds: Math.round(seconds * 100) / 100,
    };
    if (this.#json) process.stdout.write(`${JSON.stringify({ summary })}\n`);
    else process.stdout.write(this.#words(seconds));
    for (const { file, code, reason, hint } of this.#refusals) {
      process.stderr.write(`\n${formatError(code, `${file}: ${reason}`, hint)}`);
    }
    if (stopped) process.stderr.write("\nhint: stopped before the end; run the same command to go on\n");
  }

  get #done(): number {
    return this.#published + this.#known + this.refused;
  }

  #words(seconds: number): string {
    const rate = Math.round(this.#published / Math.max(seconds, 0.001));
    const lines = [
      `published ${count(this.#published, "file")} of ${count(this.#projects.size, "project")} in ${seconds.toFixed(1)} s` +
        (this.#published > 0 ? ` (${count(rate, "file")}/s)` : ""),
    ];
    if (this.#known > 0) lines.push(`had ${count(this.#known, "file")} already`);
    if (this.#ignored > 0) lines.push(`passed over ${count(this.#ignored, "file")} that are no wheels or sdists`);
    if (this.refused > 0) lines.push(`refused ${count(this.refused, "file")}`);
    if (this.notReached > 0) lines.push(`did not reach ${count(this.notReached, "file")}`);
    return `${lines.join("\n")}\n`;
  }

  #show(): void {
    const now = performance.now();
    if (now - this.#shownAt < (this.#terminal ? DRAW_EVERY_MS : LINE_EVERY_MS) && this.#done < this.#total) return;
    this.#shownAt = now;
    const [done, total] = [this.#done, this.#total];
    if (!this.#terminal) {
      process.stderr.write(`${done.toLocaleString("en-US")} of ${count(total, "file")}\n`);
      return;
    }
    const filled = Math.round((BAR * done) / total);
    const bar = "#".repeat(filled) + "-".repeat(BAR - filled);
    process.stderr.write(`\r[${bar}] ${done.toLocaleString("en-US")} of ${count(total, "file")}\u001b[K`);
  }
}

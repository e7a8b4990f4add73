import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Mutant } from "./mutants.ts";
import type { Verdict } from "./trial.ts";

interface Line extends Verdict {
  /** The SHA-256 of the package's sources and tests when it was tried. */
  readonly package: string;
  readonly mutant: string;
}

/**
 * What was found so far, a line for each mutant in a file, so that a run can be ended and continued. What was found of other
 * sources or tests counts for nothing, but says what to try first.
 */
export class Results {
  readonly #path: string;
  readonly #package: string;
  readonly #lines = new Map<string, Line>();

  constructor(path: string, packageDigest: string) {
    this.#path = path;
    this.#package = packageDigest;
    if (!existsSync(path)) return;
    for (const text of readFileSync(path, "utf8").split("\n")) {
      const line = readLine(text);
      if (line !== undefined) this.#lines.set(line.mutant, line);
    }
  }

  /** What was found of these very sources and tests. */
  of(mutant: Mutant): Verdict | undefined {
    const line = this.#lines.get(nameOf(mutant));
    return line?.package === this.#package ? line : undefined;
  }

  /** What was found at any time. */
  before(mutant: Mutant): Verdict | undefined {
    return this.#lines.get(nameOf(mutant));
  }

  add(mutant: Mutant, verdict: Verdict): void {
    const line: Line = { package: this.#package, mutant: nameOf(mutant), ...verdict };
    this.#lines.set(line.mutant, line);
    appendFileSync(this.#path, `\n${JSON.stringify(line)}`);
  }
}

/** A run that was ended may leave half a line. */
function readLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

function nameOf({ file, line, where, change, from, to, text }: Mutant): string {
  return [file, where, change, line, from, to, text].join(" | ");
}

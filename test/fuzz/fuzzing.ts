import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TufError } from "@countermark/tuf";
import { Random } from "../conformance/differential/generate/random.ts";
import { mutated } from "./mutate.ts";
import type { Target } from "./targets.ts";

/** An input that made a target throw what it may not throw, or accept what it may not accept. */
export class Finding extends Error {
  override readonly name = "Finding";
  readonly input: Buffer;

  constructor(target: string, input: Buffer, cause: unknown) {
    super(`${target} fails on ${JSON.stringify(input.toString("latin1").slice(0, 500))}: ${String(cause)}`, { cause });
    this.input = input;
  }
}

/** Inputs that are kept while fuzzing, at most; larger ones than these are not. */
const MAX_KEPT = 2_000;
const MAX_KEPT_BYTES = 16_384;
/** How often a refused input is changed again, and not a file of the corpus. */
const REFUSED_AGAIN = 0.2;

/** One target with its corpus, beside which inputs with a new outcome are kept. */
export class Fuzzing {
  readonly target: Target;
  readonly #random: Random;
  readonly #corpus: readonly Buffer[];
  /** What was refused for a reason of its own: changed again, it may get further. */
  readonly #refused: Buffer[] = [];
  readonly #outcomes = new Set<string>();
  runs = 0;
  accepted = 0;

  constructor(target: Target, seed: number) {
    this.target = target;
    this.#random = new Random(seed);
    this.#corpus = corpusOf(target);
    for (const bytes of this.#corpus) this.#outcomes.add(outcomeOf(target, bytes));
  }

  /** How many different outcomes were met: accepted, or refused for a reason. */
  get outcomes(): number {
    return this.#outcomes.size;
  }

  /** Throws a {@link Finding}. */
  run(times: number): void {
    for (let n = 0; n < times; n += 1) {
      const known = this.#refused.length > 0 && this.#random.chance(REFUSED_AGAIN) ? this.#refused : this.#corpus;
      const input = mutated(known, this.#random);
      const outcome = outcomeOf(this.target, input);
      this.runs += 1;
      if (outcome === ACCEPTED) this.accepted += 1;
      if (this.#outcomes.has(outcome)) continue;
      this.#outcomes.add(outcome);
      if (this.#refused.length < MAX_KEPT && input.length <= MAX_KEPT_BYTES) this.#refused.push(Buffer.from(input));
    }
  }
}

const ACCEPTED = "accepted";

/** Accepted, or the reason without what differs from input to input. */
function outcomeOf(target: Target, bytes: Buffer): string {
  try {
    target.take(bytes);
    return ACCEPTED;
  } catch (error) {
    if (!(error instanceof TufError)) throw new Finding(target.name, bytes, error);
    return `${error.code} ${error.message.replace(/"(?:[^"\\]|\\.)*"|\d+/g, "…")}`;
  }
}

/** The files that a target begins with. */
export function corpusOf({ corpus }: Target): Buffer[] {
  const folder = join(import.meta.dirname, "corpus");
  const names = readdirSync(folder).filter((name) => corpus.test(name));
  return names.sort().map((name) => readFileSync(join(folder, name)));
}

/** A name for an input by its content. */
export function nameOf(input: Buffer): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 16);
}

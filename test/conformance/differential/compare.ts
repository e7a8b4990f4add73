import { isDeepStrictEqual } from "node:util";
import type { Case, Verdict } from "./case.ts";
import { knownDifference, type KnownDifference } from "./known-differences.ts";

/** Something that ours accepted and a peer refused or understood otherwise. */
export interface Difference {
  readonly peer: string;
  readonly case: Case;
  /** Where: the step's number and operation, or the look-up. */
  readonly place: string;
  /** What the peer said. */
  readonly detail: string;
}

/** What came of comparing one peer with ours over many cases. */
export interface Comparison {
  readonly peer: string;
  readonly differences: readonly Difference[];
  /** How often each known difference showed. */
  readonly known: ReadonlyMap<KnownDifference, number>;
  /** Steps that both accepted and read alike, and look-ups that both answered alike. */
  readonly agreed: { readonly steps: number; readonly lookUps: number };
  readonly bothRefused: number;
  /** Cases that ours refuses and the peer accepts, by our reason: allowed, and worth a look. */
  readonly stricter: ReadonlyMap<string, number>;
}

/**
 * Compares each case up to the step at which the two part or the update ends. Whatever ours accepts, the peer must
 * accept and read alike; what ours refuses, the peer may accept.
 */
export function compare(
  peer: string,
  cases: readonly Case[],
  ours: readonly Verdict[],
  theirs: readonly Verdict[],
): Comparison {
  const tally = new Tally(peer);
  for (const [at, each] of cases.entries()) {
    const [our, their] = [ours[at], theirs[at]];
    if (our !== undefined && their !== undefined) tally.add(each, our, their);
  }
  return tally;
}

class Tally implements Comparison {
  readonly peer: string;
  readonly differences: Difference[] = [];
  readonly known = new Map<KnownDifference, number>();
  readonly agreed = { steps: 0, lookUps: 0 };
  bothRefused = 0;
  readonly stricter = new Map<string, number>();

  constructor(peer: string) {
    this.peer = peer;
  }

  add(asked: Case, ours: Verdict, theirs: Verdict): void {
    for (const [at, step] of asked.steps.entries()) {
      const [our, their] = [ours.steps[at], theirs.steps[at]];
      if (our === undefined || their === undefined) throw new Error(`${this.peer} did not judge step ${at}`);
      const place = `step ${at} (${step.op}${step.op === "delegated" ? ` ${step.name}` : ""})`;
      if ("read" in our) {
        if ("refused" in their) return this.#differ(asked, place, their.refused);
        if (!isDeepStrictEqual(plain(our.read), their.read)) {
          return this.#differ(asked, place, `read ${JSON.stringify(their.read)}, not ${JSON.stringify(our.read)}`);
        }
        this.agreed.steps += 1;
        continue;
      }
      if ("read" in their) return this.#countStricter(our.refused);
      this.bothRefused += 1;
      if (step.own !== true) return;
    }
    this.#compareLookUps(asked, ours, theirs);
  }

  #compareLookUps(asked: Case, ours: Verdict, theirs: Verdict): void {
    for (const [at, { role, path }] of asked.lookUps.entries()) {
      const [our, their] = [ours.lookUps[at], theirs.lookUps[at]];
      if (isDeepStrictEqual(our, their)) {
        this.agreed.lookUps += 1;
        continue;
      }
      const place = `look-up of ${JSON.stringify(path)} in ${role}`;
      this.#differ(asked, place, `found ${JSON.stringify(their)}, not ${JSON.stringify(our)}`);
    }
  }

  #differ(asked: Case, place: string, detail: string): void {
    const difference = { peer: this.peer, case: asked, place, detail };
    const known = knownDifference(difference);
    if (known === undefined) this.differences.push(difference);
    else this.known.set(known, (this.known.get(known) ?? 0) + 1);
  }

  #countStricter(reason: string): void {
    // The reason without what differs from file to file.
    const kind = reason.replace(/"[^"]*"|\b[0-9a-f]{16,}\b|-?\d+/g, "…").slice(0, 100);
    this.stricter.set(kind, (this.stricter.get(kind) ?? 0) + 1);
  }
}

/** As it would come out of the other process. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

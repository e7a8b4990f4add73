import assert from "node:assert/strict";
import { Random } from "../conformance/differential/generate/random.ts";
import { DOCUMENTED_CODES, type HostileIndex } from "./hostile-index.ts";
import { mutatedUpload } from "./mutated-upload.ts";
import { sendRaw, type RawAnswer } from "./raw.ts";

/** Uploads at the same time. */
const AT_A_TIME = 8;
/** How long a request that may lack bytes is waited for before it breaks off. */
const IMPATIENCE_MS = 500;
/** Answers of 4xx that say nothing of a refused upload: of addresses and methods where nobody uploads. */
const OTHER_DOORS = new Set([404, 405, 417]);

/** Mutated uploads against one index, one after the other in each of some lines, reproducible by their seed. */
export class Bombardment {
  /** How often each outcome was met: a code, or a status without one. */
  readonly outcomes = new Map<string, number>();
  sent = 0;
  readonly #index: HostileIndex;

  constructor(index: HostileIndex) {
    this.#index = index;
  }

  /** Sends uploads made from the seeds until `goesOn` says no. Throws an AssertionError at the first that fails. */
  async run(seeds: Iterator<number, undefined>): Promise<void> {
    const line = async (): Promise<void> => {
      for (let next = seeds.next(); next.done !== true; next = seeds.next()) await this.#send(next.value);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, line));
  }

  async #send(seed: number): Promise<void> {
    const { pieces, isWhole, done } = mutatedUpload(new Random(seed), this.#index.authorization);
    const answer = await sendRaw(this.#index.url, pieces, isWhole ? undefined : IMPATIENCE_MS);
    this.sent += 1;
    const outcome = judge(answer);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    const about = `seed ${seed} (${done.join(", ")}): ${answer.text.slice(0, 500)}`;
    assert.ok(isExpected(answer), about);
    assert.ok(!isWhole || answer.status !== 0, `${about}: a whole request was not answered`);
    assert.ok(this.#index.process.isRunning(), `seed ${seed} ended the index`);
  }
}

function judge({ status, code }: RawAnswer): string {
  return code ?? (status === 0 ? "cut" : String(status));
}

/** Taken; refused with a documented code; or, of a request that breaks off in the middle, cut. */
function isExpected({ status, code }: RawAnswer): boolean {
  if (status === 0 || status === 200 || OTHER_DOORS.has(status)) return true;
  return ((status >= 400 && status < 500) || status === 503) && code !== undefined && DOCUMENTED_CODES.has(code);
}

/** So many seeds, from one on. */
export function* seedsFrom(first: number, count: number): Generator<number, undefined> {
  for (let n = 0; n < count; n += 1) yield first + n;
}

/** Seeds until a moment, in milliseconds since the epoch. */
export function* seedsUntil(first: number, end: number): Generator<number, undefined> {
  for (let seed = first; Date.now() < end; seed += 1) yield seed;
}

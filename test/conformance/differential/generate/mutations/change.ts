import type { Random } from "../random.ts";
import type { Repository } from "../repository.ts";
import type { Step } from "../../case.ts";

/** Makes a repository unusual in one way. */
export interface Change {
  readonly name: string;
  /** Says what exactly it changed, "" where the name says enough, `undefined` where nothing could be changed. */
  readonly apply: (repository: Repository) => string | undefined;
}

/** Makes the update of a client unusual. */
export interface StepChange {
  readonly name: string;
  readonly apply: (steps: readonly Step[], random: Random) => readonly Step[];
}

/** A value as a tag can show it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? String(value)).slice(0, 60);
}

import type { Random } from "../random.ts";
import type { Members } from "../json.ts";
import type { Repository } from "../repository.ts";
import type { Step } from "../../case.ts";

/** Makes a repository unusual in one way. */
export interface RepositoryChange {
  readonly name: string;
  /** Says what exactly it changed, "" where the name says enough, `undefined` where nothing could be changed. */
  readonly apply: (repository: Repository) => string | undefined;
}

/** Makes one file unusual, just before it is signed. Says what it changed as {@link RepositoryChange} does. */
export interface SignedChange {
  readonly name: string;
  readonly edit: (signed: Members, repository: Repository) => string | undefined;
}

export type Change = RepositoryChange | SignedChange;

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

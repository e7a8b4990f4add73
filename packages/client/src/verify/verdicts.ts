import type { Outline } from "@countermark/tuf";

/** Which file was verified as which role, under which delegating file. Digests are SHA-256 in lower-case hex. */
export interface Edge {
  readonly role: string;
  readonly delegator: string;
  readonly file: string;
}

/** What is remembered of an edge that was verified: reading the same file again goes by it. */
export interface Recollection {
  readonly outline?: Outline | undefined;
}

/**
 * Verdicts on files, kept where the client keeps what it trusts (TRUST.md, 3), never where it keeps what it fetched: whoever
 * can write them is believed. They say nothing of expiry, versions and withdrawal, which are judged each time.
 */
export interface Verdicts {
  /** What is remembered of this very edge; `undefined` where it was never verified here. */
  recall(edge: Edge): Recollection | undefined;
  /** Remembers an edge that was just verified. */
  note(edge: Edge, recollection: Recollection & { readonly version: number }): void;
}

/** What a client is given, one file after the other. */
export type Step =
  | { readonly op: "open" | "root" | "timestamp" | "targets"; readonly bytes: Uint8Array; readonly own?: true }
  /** `own`: from the client's own storage, as after an earlier update; its refusal does not end the update. */
  | { readonly op: "snapshot"; readonly bytes: Uint8Array; readonly own?: true }
  | {
      readonly op: "delegated";
      readonly bytes: Uint8Array;
      readonly name: string;
      readonly delegator: string;
      readonly own?: never;
    };

/** Which roles `role` trusts with a path is asked when all steps are done. */
export interface LookUp {
  readonly role: string;
  readonly path: string;
}

/** One update of one client, judged by everybody. */
export interface Case {
  /** Says how to make it again. */
  readonly id: string;
  /** What is unusual about it, each by the name of the change that made it so. */
  readonly tags: readonly string[];
  /** Reference time in milliseconds; whole seconds. */
  readonly now: number;
  readonly steps: readonly Step[];
  readonly lookUps: readonly LookUp[];
}

/** JSON that a judge prints. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a judge made of one step: how it read the file, or why it refused it. */
export type StepVerdict = { readonly read: Json } | { readonly refused: string };

export interface Verdict {
  readonly steps: readonly StepVerdict[];
  /** For each look-up `[name, terminating]` in order; `null` where the role was not loaded. */
  readonly lookUps: readonly (readonly (readonly [string, boolean])[] | null)[];
}

/** A client that judges cases. */
export interface Judge {
  readonly name: string;
  judge(cases: readonly Case[]): Promise<readonly Verdict[]>;
}

/** A case as the judges' programs read it, one line each. */
export function caseLine({ now, steps, lookUps }: Case): string {
  const plain = steps.map(({ bytes, ...step }) => ({ ...step, bytes: Buffer.from(bytes).toString("base64") }));
  return JSON.stringify({ now, steps: plain, lookUps });
}

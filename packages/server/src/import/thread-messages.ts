import type { ServerErrorCode } from "../errors.ts";
import type { GroupFinding } from "./take-in-group.ts";

/** Files from this size on are not read into memory as a whole, but copied piece by piece: bytes. */
export const MAX_GROUPED_BYTES = 8 * 1024 * 1024;

/** What a thread answers: what each file is, or what keeps it from going on with any. */
export type GroupAnswer =
  | { readonly findings: readonly GroupFinding[] }
  | {
      readonly failure: { readonly code: ServerErrorCode; readonly message: string; readonly hint: string | undefined };
    };

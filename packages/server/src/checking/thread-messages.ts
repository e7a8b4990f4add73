import { PackagingError, type Distribution, type PackagingErrorCode } from "@countermark/packaging";

/** A file to check. Descriptors are the whole process's: a thread reads what the other one has opened. */
export interface Job {
  readonly filename: string;
  readonly descriptor: number;
  readonly size: number;
}

/** A refusal as it passes between threads, which know no classes of each other. */
export interface Refusal {
  readonly code: PackagingErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What a thread answers. `refused`: it could not be read as a distribution at all. */
export type Finding =
  | { readonly outcome: "checked"; readonly distribution: Distribution; readonly problems: readonly Refusal[] }
  | { readonly outcome: "refused"; readonly refusal: Refusal };

/** A refusal on its way. */
export function toRefusal({ code, message, hint }: PackagingError): Refusal {
  return { code, message, hint };
}

/** The error that it was. */
export function fromRefusal({ code, message, hint }: Refusal): PackagingError {
  return new PackagingError(code, message, hint === undefined ? {} : { hint });
}

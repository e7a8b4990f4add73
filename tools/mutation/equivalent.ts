/** A mutant that no test can notice, because it changes nothing that can be seen. */
export interface Equivalent {
  readonly file: string;
  readonly where: string;
  readonly change: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];

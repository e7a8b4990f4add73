import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Longest project name: a target path, a role name and a file name with it must fit everywhere. */
export const MAX_NAME_LENGTH = 128;

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Whether `text` is a project name as PEP 508 writes it, of at most {@link MAX_NAME_LENGTH} characters. */
export function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text);
}

/**
 * The normal form of PEP 503. Says nothing about whether `text` is a name ({@link parseName} does); lower-cases
 * ASCII alone, so that no other letter (the Kelvin sign, say) can become one of a name's.
 */
export function normaliseName(text: string): string {
  return text.replace(/[-_.]+/g, "-").replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The normal form (PEP 503) of a name that PEP 508 allows. Throws `PROJECT_NAME`. */
export function parseName(text: string): string {
  if (text.length > MAX_NAME_LENGTH) {
    throw new PackagingError("PROJECT_NAME", `project name has more than ${MAX_NAME_LENGTH} characters`);
  }
  if (!NAME.test(text)) {
    throw new PackagingError("PROJECT_NAME", `not a project name: ${quote(text)}`, {
      hint: "a name has ASCII letters, digits, '-', '_' and '.', and begins and ends with a letter or digit (PEP 508)",
    });
  }
  return normaliseName(text);
}

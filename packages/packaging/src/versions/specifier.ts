import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";
import { isVersion, parseVersion } from "./version.ts";

/** One clause of a version specifier (PEP 440, "Version specifiers"). */
export interface Specifier {
  readonly operator: "~=" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "===";
  /** As written; may end with `.*` after `==` and `!=`, and is any text after `===`. */
  readonly version: string;
}

/** Longest list of clauses. */
export const MAX_SPECIFIERS_LENGTH = 4096;

const CLAUSE = /^(===|~=|==|!=|<=|>=|<|>)[ \t\n\r\f\v]*([^\s,;)]+)$/;
const EDGES = /^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g;
const RELEASE_PREFIX = /^v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*\.\*$/i;

/**
 * Reads a comma-separated list of clauses; it may be empty, and between commas there may be nothing, as Python's
 * `packaging` has it. Throws `SPECIFIER`.
 */
export function parseSpecifiers(text: string): readonly Specifier[] {
  if (text.length > MAX_SPECIFIERS_LENGTH) {
    throw new PackagingError("SPECIFIER", `a version specifier has more than ${MAX_SPECIFIERS_LENGTH} characters`);
  }
  return text
    .split(",")
    .map((clause) => clause.replace(EDGES, ""))
    .filter((clause) => clause !== "")
    .map(parseClause);
}

function parseClause(clause: string): Specifier {
  const [, operator, version] = CLAUSE.exec(clause) ?? [];
  if (operator === undefined || version === undefined || !fits(operator, version)) {
    throw new PackagingError("SPECIFIER", `not a version specifier: ${quote(clause)}`, {
      hint: "specifiers look like >=1.2, ==1.4.* or ~=2.0; a wildcard goes with == and != only (PEP 440)",
    });
  }
  return { operator: operator as Specifier["operator"], version };
}

function fits(operator: string, version: string): boolean {
  if (operator === "===") return true;
  const mayBeExact = operator === "==" || operator === "!=";
  if (version.endsWith(".*")) return mayBeExact && RELEASE_PREFIX.test(version) && isVersion(version.slice(0, -2));
  if (!isVersion(version)) return false;
  const { release, local } = parseVersion(version);
  return (local === undefined || mayBeExact) && (operator !== "~=" || release.length > 1);
}

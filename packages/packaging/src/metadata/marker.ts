import type { Scanner } from "./scanner.ts";

/** Deepest nesting of parentheses. */
export const MAX_MARKER_DEPTH = 32;

const VALUE =
  /'[^']*'|"[^"]*"|(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_release|platform_system|platform[._]version|platform[._]machine|platform[._]python_implementation|python_implementation|implementation_name|implementation_version|extras|extra|dependency_groups)\b/y;
const OPERATOR = /===|==|~=|!=|<=|>=|<|>|in\b|not[ \t]+in\b/y;

/** Steps behind an environment marker (PEP 508). Returns whether there is a well-formed one. */
export function skipMarker(scanner: Scanner, depth = 0): boolean {
  do {
    const isNested = scanner.take(/\(/y) !== undefined;
    if (isNested && (depth === MAX_MARKER_DEPTH || !skipMarker(scanner, depth + 1))) return false;
    if (isNested ? scanner.take(/\)/y) === undefined : !skipComparison(scanner)) return false;
  } while (scanner.take(/(?:and|or)\b/y) !== undefined);
  return true;
}

function skipComparison(scanner: Scanner): boolean {
  return [VALUE, OPERATOR, VALUE].every((pattern) => scanner.take(pattern) !== undefined);
}

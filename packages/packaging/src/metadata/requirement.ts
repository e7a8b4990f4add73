import { PackagingError } from "../errors.ts";
import { isName, normaliseName } from "../names/name.ts";
import { quote } from "../quote.ts";
import { parseSpecifiers, type Specifier } from "../versions/specifier.ts";
import { skipMarker } from "./marker.ts";
import { Scanner } from "./scanner.ts";

/** Longest dependency. */
export const MAX_REQUIREMENT_LENGTH = 8192;

/** A dependency (PEP 508). */
export interface Requirement {
  /** Normalised (PEP 503). */
  readonly name: string;
  /** As written. */
  readonly extras: readonly string[];
  readonly specifiers: readonly Specifier[];
  readonly url?: string;
  /** The environment marker, as written. */
  readonly marker?: string;
}

const NAME = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/y;

/** Reads a dependency as Python's `packaging` does. Throws `REQUIREMENT`, `SPECIFIER`. */
export function parseRequirement(text: string): Requirement {
  if (text.length > MAX_REQUIREMENT_LENGTH) {
    throw new PackagingError("REQUIREMENT", `a dependency has more than ${MAX_REQUIREMENT_LENGTH} characters`);
  }
  const scanner = new Scanner(text);
  const name = scanner.take(NAME);
  if (name === undefined || !isName(name)) throw refuse(text);
  const extras = readExtras(scanner, text);
  const url = readUrl(scanner, text);
  const specifiers = url === undefined ? readSpecifiers(scanner, text) : [];
  const marker = readMarker(scanner, text);
  return {
    name: normaliseName(name),
    extras,
    specifiers,
    ...(url !== undefined && { url }),
    ...(marker !== undefined && { marker }),
  };
}

function readUrl(scanner: Scanner, text: string): string | undefined {
  if (scanner.take(/@/y) === undefined) return undefined;
  const url = scanner.take(/[^ \t]+/y);
  if (url === undefined) throw refuse(text);
  return url;
}

function readExtras(scanner: Scanner, text: string): readonly string[] {
  const extras: string[] = [];
  if (scanner.take(/\[/y) === undefined || scanner.take(/\]/y) !== undefined) return extras;
  do {
    const extra = scanner.take(NAME);
    if (extra === undefined) throw refuse(text);
    extras.push(extra);
  } while (scanner.take(/,/y) !== undefined);
  if (scanner.take(/\]/y) === undefined) throw refuse(text);
  return extras;
}

function readSpecifiers(scanner: Scanner, text: string): readonly Specifier[] {
  if (scanner.take(/\(/y) === undefined) return parseSpecifiers(scanner.take(/[~=!<>][^;)]*/y) ?? "");
  const inside = scanner.take(/[^;)]*/y) ?? "";
  if (scanner.take(/\)/y) === undefined) throw refuse(text);
  return parseSpecifiers(inside);
}

function readMarker(scanner: Scanner, text: string): string | undefined {
  if (scanner.isAtEnd()) return undefined;
  if (scanner.take(/;/y) === undefined) throw refuse(text);
  const marker = scanner.rest().trim();
  if (!skipMarker(scanner) || !scanner.isAtEnd()) throw refuse(text);
  return marker;
}

function refuse(text: string): PackagingError {
  return new PackagingError("REQUIREMENT", `not a dependency: ${quote(text)}`, {
    hint: "dependencies look like: name[extra]>=1.2; python_version < '3.13' (PEP 508)",
  });
}

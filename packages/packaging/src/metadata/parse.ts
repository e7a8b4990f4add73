import { PackagingError } from "../errors.ts";
import { isName, normaliseName } from "../names/name.ts";
import { quote } from "../quote.ts";
import { MAX_SPECIFIERS_LENGTH } from "../versions/specifier.ts";
import { isVersion, parseVersion, type Version } from "../versions/version.ts";
import { METADATA_VERSIONS, ONE_LINE_FIELDS, SINGLE_FIELDS } from "./fields.ts";
import { readHeaders } from "./headers.ts";
import { MAX_REQUIREMENT_LENGTH } from "./requirement.ts";

/** Largest METADATA or PKG-INFO, in bytes. */
export const MAX_METADATA_BYTES = 4 * 1024 * 1024;

/** Core metadata of a distribution: METADATA of a wheel, PKG-INFO of an sdist. */
export interface CoreMetadata {
  readonly metadataVersion: string;
  /** As written. */
  readonly name: string;
  /** Normalised (PEP 503). */
  readonly project: string;
  /** As written. */
  readonly version: string;
  readonly parsedVersion: Version;
  readonly summary?: string;
  readonly requiresPython?: string;
  readonly requiresDist: readonly string[];
  /** All fields by lower-case name, `description` apart; values in order, as written. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** From the body, or else from the field. */
  readonly description?: string;
}

/**
 * Reads core metadata, versions 1.0 to 2.5: UTF-8, headers, then the description as body. Strict where readers could
 * differ (single fields twice, folded names and requirements), lenient in what only people read.
 * Throws `METADATA_FORMAT`.
 */
export function parseCoreMetadata(bytes: Uint8Array): CoreMetadata {
  if (bytes.length > MAX_METADATA_BYTES) throw refuse(`it has more than ${MAX_METADATA_BYTES} bytes`);
  const { fields, body } = readHeaders(decode(bytes));
  for (const [field, values] of fields) checkField(field, values);
  const metadataVersion = required(fields, "metadata-version");
  if (!METADATA_VERSIONS.has(metadataVersion)) throw refuse(`Metadata-Version ${quote(metadataVersion)} is not known`);
  const name = required(fields, "name");
  if (!isName(name)) throw refuse(`Name is not a project name: ${quote(name)}`);
  const version = required(fields, "version");
  if (!isVersion(version)) throw refuse(`Version is not a version: ${quote(version)}`);
  const description = body ?? stated(fields, "description");
  const [summary, requiresPython] = [stated(fields, "summary"), stated(fields, "requires-python")];
  fields.delete("description");
  return {
    metadataVersion,
    name,
    project: normaliseName(name),
    version,
    parsedVersion: parseVersion(version),
    ...(summary !== undefined && { summary }),
    ...(requiresPython !== undefined && { requiresPython }),
    requiresDist: fields.get("requires-dist") ?? [],
    fields,
    ...(description !== undefined && { description }),
  };
}

/** Longest values of fields that tools take apart, or that are repeated wherever the file is listed. */
const MAX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["requires-python", MAX_SPECIFIERS_LENGTH],
  ["requires-dist", MAX_REQUIREMENT_LENGTH],
]);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw refuse("it is not UTF-8", cause);
  }
}

function checkField(field: string, values: readonly string[]): void {
  const longest = MAX_LENGTHS.get(field) ?? MAX_METADATA_BYTES;
  if (values.some((value) => value.length > longest))
    throw refuse(`${quote(field)} has more than ${longest} characters`);
  if (values.length > 1 && SINGLE_FIELDS.has(field)) throw refuse(`${quote(field)} stands in it more than once`);
  if (ONE_LINE_FIELDS.has(field) && values.some((value) => /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value))) {
    throw refuse(`${quote(field)} is not one line of printable text`);
  }
}

function required(fields: ReadonlyMap<string, readonly string[]>, field: string): string {
  const value = fields.get(field)?.[0];
  if (value === undefined || value === "") throw refuse(`${quote(field)} is missing`);
  return value;
}

/** `UNKNOWN` is what old tools write for nothing. */
function stated(fields: ReadonlyMap<string, readonly string[]>, field: string): string | undefined {
  const value = fields.get(field)?.[0];
  return value === undefined || value === "" || value === "UNKNOWN" ? undefined : value;
}

function refuse(reason: string, cause?: unknown): PackagingError {
  return new PackagingError("METADATA_FORMAT", `the core metadata is malformed: ${reason}`, {
    cause,
    hint: "see the core metadata specification, versions 1.0 to 2.5",
  });
}

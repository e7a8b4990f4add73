import type { Report } from "../distribution/report.ts";
import { quote } from "../quote.ts";
import { FIELDS_SINCE, METADATA_VERSIONS } from "./fields.ts";
import type { CoreMetadata } from "./parse.ts";
import { problem } from "./problem.ts";

const CONTENT_TYPES: ReadonlySet<string> = new Set(["text/plain", "text/x-rst", "text/markdown"]);
const MARKDOWN_VARIANTS: ReadonlySet<string> = new Set(["GFM", "CommonMark"]);
/** A media type with parameters (RFC 9110, 5.6.6), as far as the three types need it. */
const MEDIA_TYPE = /^([a-z]+\/[a-z-]+)((?:[ \t]*;[ \t]*[a-z]+=(?:[\w.-]+|"[\w. -]+"))*)[ \t]*;?$/i;
const PARAMETER = /;[ \t]*([a-z]+)=(?:([\w.-]+)|"([\w. -]+)")/gi;

/** `Description-Content-Type` (core metadata specification): three types, UTF-8, two kinds of Markdown. */
export function checkContentType({ fields }: CoreMetadata, report: Report): void {
  const value = fields.get("description-content-type")?.[0] ?? "";
  if (value === "" || value === "UNKNOWN") return;
  const [, type = "", parameters = ""] = MEDIA_TYPE.exec(value) ?? [];
  const named = new Map<string, string>();
  for (const [, name = "", plain, quoted] of parameters.matchAll(PARAMETER)) {
    named.set(name.toLowerCase(), plain ?? quoted ?? "");
  }
  const isKnown = CONTENT_TYPES.has(type.toLowerCase()) && (named.get("charset") ?? "utf-8").toLowerCase() === "utf-8";
  const isVariant = type.toLowerCase() !== "text/markdown" || MARKDOWN_VARIANTS.has(named.get("variant") ?? "GFM");
  if (!isKnown || !isVariant) report(problem(`Description-Content-Type is not one that is known: ${quote(value)}`));
}

/** Fields that a later version of the format has brought, and names of no field in `Dynamic` (PEP 643). */
export function checkFieldNames({ metadataVersion, fields }: CoreMetadata, report: Report): void {
  const versions = [...METADATA_VERSIONS];
  for (const field of fields.keys()) {
    const since = FIELDS_SINCE.get(field);
    if (since === undefined || versions.indexOf(since) <= versions.indexOf(metadataVersion)) continue;
    report(problem(`${quote(field)} came with version ${since}, and this is ${metadataVersion}`));
  }
  for (const field of fields.get("dynamic") ?? []) {
    if (!FIELDS_SINCE.has(field.toLowerCase())) report(problem(`Dynamic names no field: ${quote(field)}`));
  }
}

/** Whether a license file is named as PEP 639 has it: a path that leads below the folder, written in one way. */
export function isLicensePath(path: string): boolean {
  return !/[*\\]|^[A-Za-z]:/.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part));
}

const OPERATORS: ReadonlySet<string> = new Set(["AND", "OR", "WITH"]);
const LICENSE_ID = /^[A-Za-z0-9.-]+\+?$/;

/**
 * `License-Expression` (PEP 639): the grammar of SPDX. Which identifiers SPDX knows changes with its releases, and is not
 * for an index to say.
 */
export function checkLicenseExpression({ fields }: CoreMetadata, report: Report): void {
  const [value] = fields.get("license-expression") ?? [];
  if (value === undefined) return;
  let [depth, wantsTerm, isSound] = [0, true, true];
  for (const token of value.replace(/[()]/g, " $& ").split(/\s+/).filter(Boolean)) {
    const isOperator = OPERATORS.has(token.toUpperCase());
    const isTerm = token === "(" || (token !== ")" && !isOperator);
    isSound &&= isTerm === wantsTerm && (isOperator || /^[()]$/.test(token) || LICENSE_ID.test(token));
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else wantsTerm = isOperator;
    isSound &&= depth >= 0;
  }
  if (!isSound || wantsTerm || depth !== 0) report(problem(`License-Expression is none of SPDX: ${quote(value)}`));
}

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
/** Words that Python takes for itself (The Python Language Reference, 2.3.1). */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** `Import-Name` and `Import-Namespace` (PEP 794): dotted names, each private or not. */
export function checkImportNames({ fields }: CoreMetadata, report: Report): void {
  for (const field of ["import-name", "import-namespace"]) {
    for (const value of fields.get(field) ?? []) {
      const [name = "", mark] = value.split(/\s*;\s*/, 2);
      const isNone = value === "" && field === "import-name";
      const isName = name.split(".").every((part) => IDENTIFIER.test(part) && !KEYWORDS.has(part));
      if (isNone || (isName && (mark === undefined || mark === "private"))) continue;
      report(problem(`${field} is no name to import: ${quote(value)}`));
    }
  }
}

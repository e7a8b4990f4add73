import type { Distribution } from "../distribution/distribution.ts";
import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";
import { compareVersions } from "../versions/compare.ts";
import type { UploadForm } from "./form.ts";

/**
 * How a field is compared. `text`: but for white space. `list`: every stated value is one of the file's, and as many.
 * `code`: as `list`, and but for all white space and the form of quotes. `words`: a list that tools join differently.
 */
type Comparison = "text" | "list" | "code" | "words";

/** Fields of the form, what the core metadata calls them, and how they are compared. */
const FIELDS: readonly (readonly [form: string, metadata: string, comparison: Comparison])[] = [
  ["summary", "summary", "text"],
  ["description", "description", "text"],
  ["description_content_type", "description-content-type", "text"],
  ["keywords", "keywords", "words"],
  ["home_page", "home-page", "text"],
  ["download_url", "download-url", "text"],
  ["author", "author", "text"],
  ["author_email", "author-email", "text"],
  ["maintainer", "maintainer", "text"],
  ["maintainer_email", "maintainer-email", "text"],
  ["license", "license", "text"],
  ["license_expression", "license-expression", "text"],
  ["license_file", "license-file", "list"],
  ["classifiers", "classifier", "list"],
  ["platform", "platform", "list"],
  ["supported_platform", "supported-platform", "list"],
  ["project_urls", "project-url", "code"],
  ["requires_python", "requires-python", "code"],
  ["requires_dist", "requires-dist", "code"],
  ["requires_external", "requires-external", "code"],
  ["provides_extra", "provides-extra", "list"],
  ["provides_dist", "provides-dist", "code"],
  ["obsoletes_dist", "obsoletes-dist", "code"],
  ["dynamic", "dynamic", "list"],
];

/**
 * What the form says about the file must be what the file says about itself: else whoever reads the one sees another
 * release than whoever reads the other. What the form leaves out, or empty, it does not say.
 * Throws `UPLOAD_MISMATCH`.
 */
export function compareFormWithFile(form: UploadForm, { project, metadata }: Distribution): void {
  if (form.project !== project) throw differs("name", form.project);
  if (compareVersions(form.version, metadata.parsedVersion) !== 0) throw differs("version", one(form, "version"));
  for (const [field, name, comparison] of FIELDS) {
    const stated = meaningful(form.fields.get(field) ?? []);
    if (stated.length === 0) continue;
    const actual = name === "description" ? [metadata.description ?? ""] : (metadata.fields.get(name) ?? []);
    const [said, is] = [normalised(stated, comparison), normalised(meaningful(actual), comparison)];
    if (said.length !== is.length || said.some((value, at) => value !== is[at])) throw differs(field, stated[0] ?? "");
  }
}

/** What tools write for nothing: old ones `UNKNOWN`, distutils Python's `None`. */
const NOTHING: ReadonlySet<string> = new Set(["", "UNKNOWN", "None"]);

function meaningful(values: readonly string[]): readonly string[] {
  return values.filter((value) => !NOTHING.has(value.trim()));
}

/** Values of a field in the one form in which they are compared, sorted. */
function normalised(values: readonly string[], comparison: Comparison): readonly string[] {
  switch (comparison) {
    case "text":
      return values.slice(0, 1).map((value) => value.replace(/[\s|]+/g, " ").trim());
    case "list":
      return [...new Set(values.map((value) => value.trim()))].sort();
    case "code":
      return [...new Set(values.map((value) => value.replace(/\s+/g, "").replaceAll("'", '"')))].sort();
    case "words":
      return [...new Set(values.flatMap((value) => value.split(/[\s,;]+/)).filter((word) => word !== ""))].sort();
  }
}

function one({ fields }: UploadForm, field: string): string {
  return fields.get(field)?.[0] ?? "";
}

function differs(field: string, said: string): PackagingError {
  return new PackagingError(
    "UPLOAD_MISMATCH",
    `the form says ${field} ${quote(said)}, but the file's own metadata says something else`,
    { hint: "build the file anew and upload it with a current tool; the form must repeat what is in the file" },
  );
}

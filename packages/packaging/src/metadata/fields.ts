/** Core metadata versions that this package reads. 2.0 never became a standard, yet many wheels carry it. */
export const METADATA_VERSIONS: ReadonlySet<string> = new Set([
  "1.0",
  "1.1",
  "1.2",
  "2.0",
  "2.1",
  "2.2",
  "2.3",
  "2.4",
  "2.5",
]);

/** Fields that may stand once only (core metadata specification), in lower case. */
export const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  "metadata-version",
  "name",
  "version",
  "summary",
  "description",
  "description-content-type",
  "keywords",
  "home-page",
  "download-url",
  "author",
  "author-email",
  "maintainer",
  "maintainer-email",
  "license",
  "license-expression",
  "requires-python",
]);

/** Fields that decide what is installed: one line of printable text each, or readers could differ. */
export const ONE_LINE_FIELDS: ReadonlySet<string> = new Set([
  "metadata-version",
  "name",
  "version",
  "requires-python",
  "requires-dist",
  "provides-extra",
]);

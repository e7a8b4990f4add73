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

/**
 * The version of the format that has brought a field (core metadata specification). Of license files and expressions tools
 * wrote before 2.4 what 2.4 made of them: they count as always known, and mean something from 2.4 on.
 */
export const FIELDS_SINCE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "1.0": "metadata-version name version platform summary description keywords home-page author author-email license",
    "1.1": "supported-platform classifier download-url requires provides obsoletes",
    "1.2":
      "maintainer maintainer-email requires-dist requires-python requires-external project-url provides-dist obsoletes-dist",
    "2.1": "description-content-type provides-extra",
    "2.2": "dynamic",
    "2.5": "import-name import-namespace",
  })
    .flatMap(([since, names]) => names.split(" ").map((name) => [name, since] as const))
    .concat([
      ["license-file", "1.0"],
      ["license-expression", "1.0"],
    ]),
);

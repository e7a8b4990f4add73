/*
 * Versions, names and file names, each judged by us and by Python's `packaging`, which pip, uv's rivals and the index of the
 * Python community use. Generated from a fixed seed. What differs is listed here, with the reason; anything else fails.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  compareVersions,
  formatVersion,
  isName,
  isVersion,
  PackagingError,
  parseCoreMetadata,
  parseName,
  parseSdistFilename,
  parseVersion,
  parseWheelFilename,
} from "@countermark/packaging";
import { programOf } from "../../../tools/python/environments.ts";
import { Random } from "../differential/generate/random.ts";
import { collectProblems } from "../../../packages/packaging/src/distribution/report.ts";
import { checkMetadataValues } from "../../../packages/packaging/src/metadata/check.ts";
import { metadataText, nameText, sdistText, versionText, wheelText } from "./generate.ts";

const SEED = 440;
const COUNT = 6_000;
const JUDGE = join(import.meta.dirname, "python_packaging.py");
const MAX_ANSWER = 64 * 1024 * 1024;

type Judged<T> = readonly (T | null)[];
interface Answers {
  readonly versions: Judged<string>;
  readonly pairs: readonly number[];
  readonly names: Judged<string>;
  readonly wheels: Judged<readonly [string, string, string, readonly string[]]>;
  /** Fields that are invalid; null where none is. */
  readonly metadata: Judged<readonly string[]>;
  readonly sdists: Judged<readonly [string, string]>;
}

const random = new Random(SEED);
const many = (one: (random: Random) => string, ...more: readonly string[]): readonly string[] => [
  ...new Set([...Array.from({ length: COUNT }, () => one(random)), ...more]),
];
const versions = many(versionText, "1".repeat(256), "1".repeat(257));
const sound = versions.filter(isVersion);
const asked = {
  versions,
  pairs: Array.from({ length: COUNT }, () => [random.pick(sound), random.pick(sound)] as const),
  names: many(nameText, "\u212aelvin", "pro\u017fe", "a".repeat(128), "a".repeat(129)),
  wheels: many(wheelText, `${"a".repeat(129)}-1-py3-none-any.whl`, `a-1-${"py3.".repeat(64)}py2-none-any.whl`),
  metadata: many(metadataText),
  sdists: many(sdistText, `${"a".repeat(129)}-1.tar.gz`),
};
let theirs: Answers;

before(() => {
  const python = programOf("packaging", "python");
  const options = { input: JSON.stringify(asked), env: {}, maxBuffer: MAX_ANSWER, encoding: "utf8" } as const;
  theirs = JSON.parse(execFileSync(python, ["-I", JUDGE], options)) as Answers;
});

/** What ours makes of a text; null where it refuses. Any other failure is a bug. */
function ours<T>(parse: (text: string) => T, text: string): T | null {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof PackagingError) return null;
    throw error;
  }
}

/** Names of differences that are meant to be, each seen at least once; and both kinds of agreement. */
class Differences {
  readonly #seen = new Set<string>();
  readonly #known: Readonly<Record<string, (text: string) => boolean>>;

  constructor(known: Readonly<Record<string, (text: string) => boolean>>) {
    this.#known = known;
  }

  compare(text: string, our: unknown, their: unknown): void {
    if (our === null && their === null) this.#seen.add("both refuse");
    else if (isDeepStrictEqual(our, their)) this.#seen.add("both take");
    else {
      const which = our === null ? "only we refuse" : their === null ? "only we take" : "taken otherwise";
      const [found] = Object.entries(this.#known).find(([why, is]) => why.startsWith(which) && is(text)) ?? [];
      assert.ok(found !== undefined, `${which}: ${JSON.stringify([text, our, their])}`);
      this.#seen.add(found);
    }
  }

  /** A difference that is not seen any more is taken off the list. */
  end(): void {
    assert.deepEqual([...this.#seen].sort(), [...Object.keys(this.#known), "both refuse", "both take"].sort());
  }
}

/** A wheel's name between its dashes. */
const partsOf = (text: string): readonly string[] => text.replace(/\.whl$/, "").split("-");

const isForeign = (text: string): boolean => /[^\x00-\x7f]/.test(text);

test("versions are taken, and written in their normal form, as packaging does", () => {
  const differences = new Differences({
    "only we refuse: signs beyond ASCII, white space at its ends included": isForeign,
    "only we refuse: separators of ASCII as white space at its ends": (text) => /^[\x1c-\x1f]|[\x1c-\x1f]$/.test(text),
    "only we refuse: longer than MAX_VERSION_LENGTH": (text) => text.length > 256,
  });
  for (const [at, text] of versions.entries()) {
    const our = ours((each) => formatVersion(parseVersion(each)), text);
    differences.compare(text, our, theirs.versions[at]);
  }
  differences.end();
});

test("versions are ordered as packaging does", () => {
  for (const [at, [a, b]] of asked.pairs.entries()) {
    const our = Math.sign(compareVersions(parseVersion(a), parseVersion(b)));
    assert.equal(our, theirs.pairs[at], `${JSON.stringify(a)} against ${JSON.stringify(b)}`);
  }
  assert.deepEqual(new Set(theirs.pairs), new Set([-1, 0, 1]));
});

test("project names are taken, and normalised, as packaging does", () => {
  const differences = new Differences({
    "only we refuse: longer than MAX_NAME_LENGTH": (text) => text.length > 128,
  });
  for (const [at, text] of asked.names.entries()) differences.compare(text, ours(parseName, text), theirs.names[at]);
  differences.end();
});

test("file names of wheels are taken apart as packaging does", () => {
  const differences = new Differences({
    "only we refuse: no project name by PEP 508 in front": (text) => !isName(partsOf(text)[0] ?? ""),
    "only we refuse: white space, or signs beyond ASCII, in the version": (text) =>
      !/^[!-~]*$/.test(partsOf(text)[1] ?? ""),
    "only we refuse: a build tag with signs that no tag has": (text) => !/^[\w.]*$/.test(partsOf(text).at(-4) ?? ""),
    "only we refuse: tags that are empty, or with signs that no tag has": (text) =>
      partsOf(text)
        .slice(-3)
        .some((tags) => !/^\w+(?:\.\w+)*$/.test(tags)),
    "only we refuse: longer than any file's name": (text) => text.length > 255,
  });
  for (const [at, text] of asked.wheels.entries()) {
    const our = ours((each) => {
      const { name, version, build = "", pythonTags, abiTags, platformTags } = parseWheelFilename(each);
      const tags = pythonTags.flatMap((python) =>
        abiTags.flatMap((abi) => platformTags.map((platform) => `${python}-${abi}-${platform}`.toLowerCase())),
      );
      return [name, formatVersion(version), build.replace(/^0+(?=\d)/, ""), [...new Set(tags)].sort()];
    }, text);
    differences.compare(text, our, theirs.wheels[at]);
  }
  differences.end();
});

test("file names of sdists are taken apart as packaging does", () => {
  const differences = new Differences({
    "only we refuse: no project name by PEP 508 in front": (text) => !isName(text.slice(0, text.lastIndexOf("-"))),
    "only we refuse: white space, or signs beyond ASCII, in the version": (text) =>
      !/^[!-~]*$/.test(text.slice(text.lastIndexOf("-"))),
    "only we refuse: more than one name and version can be read": (text) =>
      ours((each) => parseSdistFilename(each, theirs.sdists[asked.sdists.indexOf(text)]?.[0]), text) !== null,
    "taken otherwise: they leave what is no name by PEP 508 in front of the last dash": (text) =>
      !isName(text.slice(0, text.lastIndexOf("-"))),
    "only we take: a dash in the version, as in old names": (text) => /-[^-]*-[^-]*$/.test(text),
  });
  for (const [at, text] of asked.sdists.entries()) {
    const our = ours((each) => {
      const { name, version } = parseSdistFilename(each);
      return [name, formatVersion(version)];
    }, text);
    differences.compare(text, our, theirs.sdists[at]);
  }
  differences.end();
});

test("core metadata is valid where packaging says so, for any version of the format", () => {
  const has = (field: string) => (text: string) => new RegExp(`^${field}:`, "m").test(text);
  const early = /^Metadata-Version: (?:1|2\.[123])/;
  const differences = new Differences({
    "only we take: license files and expressions before 2.4, which tools wrote early": (text) =>
      early.test(text) && (has("License-File")(text) || has("License-Expression")(text)),
    "only we take: SPDX's grammar with identifiers that SPDX may have or not": has("License-Expression"),
  });
  for (const [at, text] of asked.metadata.entries()) {
    const { problems, report } = collectProblems();
    checkMetadataValues(parseCoreMetadata(Buffer.from(text)), report);
    const our = problems.length === 0 ? true : null;
    differences.compare(text, our, theirs.metadata[at] === null ? true : null);
  }
  differences.end();
});

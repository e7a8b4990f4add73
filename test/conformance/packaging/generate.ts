import type { Random } from "../differential/generate/random.ts";

const SEPARATORS = ["", ".", "-", "_"];
const NUMBERS = ["", "0", "1", "2", "10", "007", "20260101", "340282366920938463463374607431768211456", "9".repeat(60)];
const PHASES = ["a", "alpha", "b", "BETA", "c", "rc", "RC", "pre", "Preview"];
const SPACES = ["", "", "", "", "", " ", "\t", "\n", "\r\n", "\u000b", "\u00a0", "\u2003", "\u001c"];
/** Signs of names: twice those that normalisation is about. */
const SIGNS = "a b z A Z 0 1 9 . _ - . _ -".split(" ");
/** Signs that mean something to one reader or another. */
const NOISE = [
  ...[
    "",
    "x",
    ".",
    "-",
    "!",
    "+",
    "..",
    "v",
    "1",
    " ",
    "*",
    "_",
    "dev",
    "post",
    "a",
    "0x1",
    "e5",
    "\0",
    "\n",
    "~",
    "=",
  ],
  ...[
    "\u0661",
    "\uff11",
    "\u00b2",
    "\u017f",
    "\u212a",
    "\u0130",
    "\u0131",
    "\u200b",
    "\ufeff",
    "\u2024",
    "\u2010",
    "é",
  ],
];

const repeated = (random: Random, most: number, one: () => string, between = ""): string =>
  Array.from({ length: 1 + random.below(most) }, one).join(between);

/** A version in one of its many spellings; now and then with one change. */
export function versionText(random: Random): string {
  const pick = (from: readonly string[]): string => random.pick(from);
  const numbered = (label: string): string => pick(SEPARATORS) + label + pick(SEPARATORS) + pick(NUMBERS);
  let text = pick(["", "", "", "v", "V"]) + pick(["", "", "", "0!", "1!", "07!"]);
  text += repeated(random, 4, () => pick(["0", "0", "1", "2", "10", "00", "2026", "9".repeat(40)]), ".");
  if (random.below(10) < 4) text += numbered(pick(PHASES));
  if (random.below(10) < 3)
    text += random.below(3) === 0 ? `-${pick(NUMBERS)}` : numbered(pick(["post", "rev", "r", "POST"]));
  if (random.below(10) < 3) text += numbered(pick(["dev", "DEV"]));
  if (random.below(10) < 3) {
    const segment = (): string => pick(["1", "01", "abc", "UBUNTU", "1a", "a1", "0", "00", "Z9"]);
    text += `+${repeated(random, 3, segment, pick([".", "-", "_"]))}`;
  }
  return pick(SPACES) + (random.below(3) === 0 ? changed(random, text) : text) + pick(SPACES);
}

/** A project's name, or nearly one. */
export function nameText(random: Random): string {
  const sign = (): string => random.pick(SIGNS);
  const text = repeated(random, random.below(20) === 0 ? 200 : 12, sign);
  return random.below(4) === 0 ? changed(random, text) : text;
}

/** A wheel's file name, or nearly one. */
export function wheelText(random: Random): string {
  const tags = (from: readonly string[]): string => repeated(random, 3, () => random.pick(from), ".");
  const parts = [
    ...[nameText(random).replaceAll("-", "_"), versionText(random).trim().replaceAll("-", "_")],
    ...(random.below(4) === 0 ? [random.pick(["1", "01", "2a", "007_x", "1.b", "b1", "12ABC"])] : []),
    ...[tags(["py2", "py3", "cp311", "CP39", "pp310"]), tags(["none", "abi3", "cp311"])],
    tags(["any", "linux_x86_64", "manylinux_2_17_x86_64", "win_amd64", "macosx_11_0_ARM64"]),
  ];
  const text = `${parts.join("-")}.whl`;
  return random.below(4) === 0 ? changed(random, text) : text;
}

/** An sdist's file name, or nearly one. */
export function sdistText(random: Random): string {
  const text = `${nameText(random)}-${versionText(random).trim()}${random.pick([".tar.gz", ".tar.gz", ".zip"])}`;
  return random.below(4) === 0 ? changed(random, text) : text;
}

function changed(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(NOISE) + text.slice(at + random.below(3));
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  Summary: ["one line", "", "UNKNOWN"],
  "Description-Content-Type": [
    ...[
      "text/plain",
      "text/x-rst",
      "text/markdown",
      "TEXT/Markdown",
      "text/markdown; variant=GFM",
      "text/html",
      "markdown",
    ],
    ...[
      "text/markdown; charset=UTF-8; variant=CommonMark",
      "text/markdown; variant=gfm",
      "text/plain; charset=latin-1",
    ],
    ...['text/x-rst; charset="utf-8"', "text/plain;charset=utf-8", "text/rst", "text/markdown; variant=Other"],
  ],
  Dynamic: [
    "Classifier",
    "requires-dist",
    "Name",
    "version",
    "Metadata-Version",
    "Something",
    "Import-Name",
    "License",
  ],
  "License-Expression": [
    ...[
      "MIT",
      "mit",
      "MIT OR Apache-2.0",
      "MIT AND (Apache-2.0 OR BSD-3-Clause)",
      "GPL-2.0-or-later WITH Classpath-exception-2.0",
    ],
    ...[
      "MIT OR",
      "OR MIT",
      "(MIT",
      "MIT)",
      "MIT MIT",
      "()",
      "LicenseRef-Ours",
      "Apache-2.0+",
      "MIT/Apache-2.0",
      "MIT, BSD",
      "Not-Known-To-Anybody",
    ],
  ],
  "License-File": ["LICENSE", "a/b/LICENSE", "../LICENSE", "/LICENSE", "a\\b", "LICEN*", "C:\\x", "a/../b"],
  "Import-Name": [
    "foo",
    "foo.bar",
    "foo; private",
    "_a",
    "foo.1",
    "foo..bar",
    "class",
    "foo.class",
    "foo; public",
    "é",
    "a b",
  ],
  "Import-Namespace": ["foo", "foo.bar; private", "foo-bar", "import"],
  "Provides-Extra": ["test", "a.b_c", "a b", "-x", "Test"],
  "Requires-Python": [">=3.8", ">=3.8,<4", "~=3.8", ">=3.8.*", "3.8", ""],
  "Requires-Dist": [
    "a",
    "a>=1",
    "a[b]>=1; python_version < '3.9'",
    "a>=1.*",
    ">=1",
    "a @ https://example.org/a.whl",
    "a (>=1)",
  ],
  "Project-URL": ["Home, https://example.org", "Docs, https://example.org/docs"],
  "Supported-Platform": ["linux"],
  Maintainer: ["somebody"],
  "Download-URL": ["https://example.org"],
  Classifier: ["Programming Language :: Python"],
};

/** Core metadata with some of the fields that have a form of their own. */
export function metadataText(random: Random): string {
  const version = random.pick(["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"]);
  const fields = random.sample(Object.keys(VALUES), 1 + random.below(3)).map((name) => {
    return `${name}: ${random.pick(VALUES[name] ?? [])}\n`;
  });
  return `Metadata-Version: ${version}\nName: foo\nVersion: 1\n${fields.join("")}\nDescription\n`;
}

import { Members, placesIn, Token, type Node } from "../json.ts";
import type { Random } from "../random.ts";
import { timeText, type Repository } from "../repository.ts";
import { shown, type Change } from "./change.ts";

/** Numbers in every way to be no positive safe integer, or one that is written strangely. */
const NUMBERS: readonly Node[] = [
  ...[0, 1, 2, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, true, false, null, "1", "", "0x1"],
  ...["1.0", "1e0", "1E2", "0.5", "-0", "-0.0", "01", "+1", "9007199254740992", "9007199254740993"].map(token),
  ...["9223372036854775807", "9223372036854775808", "18446744073709551616", "1e400", "NaN", "1_000"].map(token),
];

const TIMES: readonly Node[] = [
  "2040-01-01T00:00:00Z",
  "2040",
  "2040-01-01",
  "2040-01-01T00:00:00",
  "2040-01-01T00:00Z",
  "2040-01-01T00:00:00z",
  "2040-01-01t00:00:00Z",
  "2040-01-01 00:00:00Z",
  "2040-01-01T00:00:00.000Z",
  "2040-01-01T00:00:00.5Z",
  "2040-01-01T00:00:00+00:00",
  "2040-01-01T00:00:00-05:00",
  "2040-02-30T00:00:00Z",
  "2040-02-29T00:00:00Z",
  "2041-02-29T00:00:00Z",
  "2100-02-29T00:00:00Z",
  "2040-01-01T24:00:00Z",
  "2040-06-30T23:59:60Z",
  "2040-1-1T0:0:0Z",
  "2040-00-01T00:00:00Z",
  "2040-13-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "10000-01-01T00:00:00Z",
  "+012040-01-01T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "1969-12-31T23:59:59Z",
  "2040-01-01T00:00:00Z\n",
  " 2040-01-01T00:00:00Z",
  "２０４０-01-01T00:00:00Z",
  "",
  2_208_988_800,
  null,
];

const NAMES: readonly Node[] = [
  ...["", "root", "targets", "snapshot", "timestamp", "Root", "../x", "a/b", "/", ".", "..", "a b", "CON", "x.json"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "1", "42", "-1", "1.5", "01"],
  ...["é", "e\u0301", "😀", "\ufb01", "\u0000", "a\nb", 'a"b', "a\\b", "\u2028", "\u007f", "\ud800", "x".repeat(5000)],
  ...[1, null, true, []],
];

const PATTERNS: readonly Node[] = [
  ...["", "*", "**", "?", "/", "//", "a//b", "*/", "/*", "a/**/b", "[a]", "[!a]", "[a-z]*", "\\*", "\\", "{a,b}"],
  ...[
    "!a",
    "#a",
    "+(a)",
    "@(a|b)",
    "*.txt",
    "*?*?*",
    "é*",
    "😀?",
    ".*",
    "./a",
    "../*",
    "a\u0000b",
    "A*",
    "^a",
    "(",
    "a\nb",
  ],
];

const HASH_PREFIXES: readonly Node[] = ["", "0", "f", "F", "00", "g", "0x", "a".repeat(64), "a".repeat(65), 0, null];

const SPEC_VERSIONS: readonly Node[] = [
  ...["1.0.31", "1.0.34", "1.0", "1.1.0", "1.99.99", "1", "1.0.0.0", "2.0.0", "0.9", "01.0.0", "1.0.31-beta", "1..0"],
  ...["", "1.0.x", " 1.0.0", "1.0.0\n", "１.0.0", "1.0.1e3", "1.-1.0", "1.0.", 1, null, token("1.0")],
];

const FLAGS: readonly Node[] = [true, false, "true", 0, 1, null];
const DIGEST = "ab".repeat(32);
const DIGESTS: readonly Node[] = [DIGEST, DIGEST.toUpperCase(), "", "ab", "zz".repeat(32), DIGEST.slice(1), 1, null];
const LISTS: readonly Node[] = [null, "x", 1, new Members()];

/** By member name: what may stand there, right and wrong. */
const ODD_VALUES: ReadonlyMap<string, readonly Node[]> = new Map([
  ["_type", ["root", "timestamp", "snapshot", "targets", "Targets", "", null, 1]],
  ["spec_version", SPEC_VERSIONS],
  ["version", NUMBERS],
  ["threshold", NUMBERS],
  ["length", NUMBERS],
  ["bit_length", [...NUMBERS, 7, 16, 31, 32, 33, 64]],
  ["expires", TIMES],
  ["consistent_snapshot", FLAGS],
  ["terminating", FLAGS],
  ["name", NAMES],
  ["name_prefix", NAMES],
  ["sha256", DIGESTS],
  ["sha512", DIGESTS],
  ["paths", [[], ...PATTERNS.map((pattern) => [pattern]), ...LISTS]],
  ["path_hash_prefixes", [[], ...HASH_PREFIXES.map((prefix) => [prefix]), ...LISTS]],
  ["custom", [new Members(), null, [], "x", 1, Members.of({ a: [null, { toString: 1 }.toString] })]],
  ["delegations", [null, [], new Members(), Members.of({ keys: new Members(), roles: [] })]],
  ["targets", [null, [], new Members()]],
  ["meta", [null, [], new Members()]],
  ["hashes", [null, [], new Members(), Members.of({ md5: "ab".repeat(16) }), Members.of({ sha384: "ab".repeat(48) })]],
  ["keys", [null, [], new Members()]],
  ["roles", [null, [], new Members()]],
  ["keyids", [[], null, "x", ["x"], [1], [null]]],
  ["keytype", ["ed25519", "ecdsa", "rsa", "ecdsa-sha2-nistp256", "ED25519", "sphincs", "", null, 1]],
  [
    "scheme",
    ["ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "rsassa-pss-sha256", "rsassa-pss-sha512", "", null],
  ],
  ["public", ["", "00", DIGEST, DIGEST.toUpperCase(), "zz".repeat(32), null, 1]],
]);

export const valueChanges: readonly Change[] = [
  { name: "odd", edit: (signed, { random }) => changeSome(signed, random, () => true) },
  // What decides most is met too seldom by chance.
  { name: "odd", edit: (signed, { random }) => changeSome(signed, random, (name) => name === "expires") },
  { name: "odd", edit: (signed, { random }) => changeSome(signed, random, (name) => name === "version") },
  {
    name: "odd",
    edit: (signed, { random }) => changeSome(signed, random, (name) => name === "threshold" || name === "length"),
  },
  { name: "odd", edit: (signed, { random }) => changeSome(signed, random, (name) => name === "spec_version") },
  {
    name: "odd",
    edit: (signed, { random }) => changeSome(signed, random, (name) => name === "paths" || name === "terminating"),
  },
  { name: "expiry", edit: changeExpiry },
];

/** Replaces one value of a file, before it is signed, by one that its name suggests. */
function changeSome(signed: Members, random: Random, wanted: (name: string) => boolean): string | undefined {
  const places = placesIn(signed).filter(({ name }) => ODD_VALUES.has(name) && wanted(name));
  if (places.length === 0) return undefined;
  const { name, replace } = random.pick(places);
  const value = random.pick(ODD_VALUES.get(name) ?? []);
  replace(value);
  return `${name} ${shown(value instanceof Token ? value.text : value)}`;
}

/** At the very second, or next to it. */
function changeExpiry(signed: Members, { random, now }: Repository): string {
  const seconds = random.pick([-86_400, -1, 0, 1]);
  signed.set("expires", timeText(now + seconds * 1000));
  return `${seconds} s`;
}

function token(text: string): Token {
  return new Token(text);
}

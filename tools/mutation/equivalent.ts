/** A mutant that no test can notice, because it changes nothing that can be seen. */
export interface Equivalent {
  readonly file: string;
  readonly where: string;
  readonly change: string;
  readonly why: string;
}

const TIME = "src/metadata/time.ts";
const SIX_NUMBERS = "one match gives all six numbers or none";
const READER = "src/json/reader.ts";
const VERIFY = "src/metadata/verify.ts";
const TRUSTED_SET = "src/trusted-set/trusted-set.ts";
const LAZY = "src/json/lazy-members.ts";
const USUAL = "src/json/usual.ts";
const BYTES = "src/json/bytes.ts";
const POINTS = "src/json/code-points.ts";
const KNOWN = "src/json/known-names.ts";

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: READER,
    where: "the module",
    change: "`false` becomes `true`",
    why: "whoever opens an object or array sets it",
  },
  {
    file: READER,
    where: "the module",
    change: "`0` becomes `1`",
    why: "deviations are compared, names counted from where an object began",
  },
  {
    file: READER,
    where: "constructor",
    change: "`known !== undefined` is always false",
    why: "what is known would be found again",
  },
  {
    file: READER,
    where: "constructor",
    change: "`!this.#ascii` is dropped",
    why: "ASCII is UTF-8, and asking once more costs time alone",
  },
  { file: READER, where: "hexIfSo", change: "`0` becomes `1`", why: "neither byte is a digit" },
  {
    file: READER,
    where: "hexIfSo",
    change: "`1` becomes `2`",
    why: "what is not recognised as hex is read as any string, and looked at then",
  },
  {
    file: READER,
    where: "members",
    change: "`starts.length > 0` is dropped",
    why: "an empty object is an empty map, read late or at once",
  },
  {
    file: READER,
    where: "members",
    change: "`starts.length > 0` becomes `>=`",
    why: "an empty object is an empty map, read late or at once",
  },
  {
    file: READER,
    where: "memberAt",
    change: "`0` becomes `1`",
    why: "the names of one object differ, so none is taken for the one before",
  },
  {
    file: LAZY,
    where: "the module",
    change: "`0` becomes `1`",
    why: "a guess at the next question: a wrong one costs a search",
  },
  { file: READER, where: "plainStringAt", change: "`1` becomes `2`", why: "no name that a pattern matches is empty" },
  {
    file: VERIFY,
    where: "verifySignatures",
    change: "`count < threshold` is dropped",
    why: "more keys than needed are enough too",
  },
  {
    file: VERIFY,
    where: "verifySignatures",
    change: "`count < threshold` becomes `<=`",
    why: "more keys than needed are enough too",
  },
  {
    file: TRUSTED_SET,
    where: "updateSnapshot",
    change: "`trusted` is always true",
    why: "one that is not trusted passed the same check on the same bytes before",
  },
  {
    file: TRUSTED_SET,
    where: "updateSnapshot",
    change: "`outline` is always false",
    why: "an outline says nothing that reading the whole file does not",
  },
  {
    file: TRUSTED_SET,
    where: "#updateRole",
    change: "`outline` is always false",
    why: "an outline says nothing that reading the whole file does not",
  },
  {
    file: TRUSTED_SET,
    where: "updateDelegated",
    change: "`isTopLevelRole(name)` is dropped",
    why: "delegations to a top-level name are not read, and a bin's name has a suffix",
  },
  {
    file: TRUSTED_SET,
    where: "updateDelegated",
    change: "`delegations === undefined` is dropped",
    why: "without delegations there is no role, which stands beside it",
  },
  {
    file: TRUSTED_SET,
    where: "topLevelRole",
    change: "`role === undefined` is always false",
    why: "a root without all four roles is not read",
  },
  {
    file: TRUSTED_SET,
    where: "topLevelRole",
    change: '`throw new TufError("TUF_ROLE", `root does not name ${name}`, { role: name });` is removed',
    why: "a root without all four roles is not read",
  },
  {
    file: READER,
    where: "#peek",
    change: "`1` becomes `2`",
    why: "past the end any negative number will do; deviations are only compared with what they were",
  },
  { file: READER, where: "#close", change: "`0` becomes `1`", why: "each close has its open, so a count is there" },
  {
    file: READER,
    where: "#refuseRepetition",
    change: "`0` becomes `1`",
    why: "outside all objects `memberAt` alone reads a name, and only one",
  },
  {
    file: READER,
    where: "#refuseRepetition",
    change: "`this.#ascii` is always false",
    why: "of ASCII both orders are the same",
  },
  {
    file: READER,
    where: "#refuseRepetition",
    change: "`1` becomes `2`",
    why: "deviations are only compared with what they were",
  },
  {
    file: READER,
    where: "#usualMembers",
    change: "`this.bytes[this.#at] === CLOSE_BRACE` is dropped",
    why: "closing the object forgets its names again",
  },
  { file: READER, where: "#integer", change: "`1` becomes `2`", why: "past the end any negative number will do" },
  {
    file: READER,
    where: "#name",
    change: "`known === undefined` is always true",
    why: "a known name is read like any string, only slower",
  },
  { file: READER, where: "#string", change: "`0` becomes `1`", why: "neither byte stands for itself in a string" },
  {
    file: READER,
    where: "#string",
    change: "`bytes[at] !== QUOTE` is always true",
    why: "the reader of long strings reads short ones too",
  },
  {
    file: READER,
    where: "#longString",
    change: "`false` becomes `true`",
    why: "a text without escapes is what decoding its escapes makes of it",
  },
  {
    file: READER,
    where: "#longString",
    change: "`escaped` is always true",
    why: "a text without escapes is what decoding its escapes makes of it",
  },
  {
    file: READER,
    where: "#longString",
    change: "`1` becomes `2`",
    why: "past the end any negative number will do; deviations are only compared with what they were",
  },
  { file: LAZY, where: "#name", change: "`0` becomes `1`", why: "no place is asked for that is not there" },
  { file: LAZY, where: "#value", change: "`0` becomes `1`", why: "no place is asked for that is not there" },
  {
    file: LAZY,
    where: "#find",
    change: "`this.#next < this.size && this.#name(this.#next) === name` is always false",
    why: "the guess saves a search that finds the same",
  },
  {
    file: LAZY,
    where: "#find",
    change: "`1` becomes `2`",
    why: "a guess at the next question: a wrong one costs a search",
  },
  {
    file: TRUSTED_SET,
    where: "updateTimestamp",
    change: "`same` is always false",
    why: "the same bytes under the same root pass again, and of equal version the one before stays",
  },
  {
    file: USUAL,
    where: "the module",
    change: "`64` becomes `65`",
    why: "what no pattern covers is read character by character, to the same end",
  },
  {
    file: USUAL,
    where: "listOf",
    change: "`1` becomes `2`",
    why: "what no pattern covers is read character by character, to the same end",
  },
  {
    file: USUAL,
    where: "splitList",
    change: "`text.includes('\"')` is always true",
    why: "a text without a separator is split into itself",
  },
  { file: BYTES, where: "the module", change: "`256` becomes `257`", why: "no byte is 256" },
  {
    file: BYTES,
    where: "the module",
    change: "`byte < 0x20` becomes `<=`",
    why: "a space is read by the reader of long strings then, to the same end",
  },
  {
    file: BYTES,
    where: "the module",
    change: "`0x20` becomes `33`",
    why: "a space is read by the reader of long strings then, to the same end",
  },
  {
    file: BYTES,
    where: "the module",
    change: "`byte > 0x7f` becomes `>=`",
    why: "DEL is read by the reader of long strings then, to the same end",
  },
  {
    file: BYTES,
    where: "the module",
    change: "`0x7f` becomes `128`",
    why: "in UTF-8 the byte 0x80 stands behind a greater one, which ended the run",
  },
  { file: BYTES, where: "the module", change: "`1` becomes `2`", why: "it is compared with 0" },
  {
    file: BYTES,
    where: "the module",
    change: "`0` becomes `1`",
    why: "the reader of long strings reads short ones too",
  },
  {
    file: POINTS,
    where: "ascends",
    change: "`at < length` is dropped",
    why: "past its end a string has no unit that equals another",
  },
  {
    file: POINTS,
    where: "ascends",
    change: "`at < length` becomes `<=`",
    why: "past its end a string has no unit that equals another",
  },
  {
    file: POINTS,
    where: "ascends",
    change: "`codePointRank(a.charCodeAt(at)) < codePointRank(b.charCodeAt(at))` becomes `<=`",
    why: "the units differ, and so do their ranks",
  },
  {
    file: POINTS,
    where: "compareCodePoints",
    change: "`a === b` is always false",
    why: "equal texts may be sorted either way",
  },
  { file: POINTS, where: "compareCodePoints", change: "`0` becomes `1`", why: "equal texts may be sorted either way" },
  { file: POINTS, where: "compareCodePoints", change: "`1` becomes `2`", why: "the sign alone counts" },
  {
    file: POINTS,
    where: "codePointRank",
    change: "`0x10000` becomes `65537`",
    why: "surrogates still stand above all others, in their order",
  },
  {
    file: KNOWN,
    where: "the module",
    change: "`256` becomes `257`",
    why: "a name that is not recognised is read as any string",
  },
  {
    file: KNOWN,
    where: "the module",
    change: "`0` becomes `1`",
    why: "a name that is not recognised is read as any string",
  },
  { file: KNOWN, where: "slot", change: "`0` becomes `1`", why: "a name that is not recognised is read as any string" },
  {
    file: KNOWN,
    where: "slot",
    change: "`31` becomes `32`",
    why: "a name that is not recognised is read as any string",
  },
  { file: KNOWN, where: "slot", change: "`2` becomes `3`", why: "a name that is not recognised is read as any string" },
  {
    file: KNOWN,
    where: "knownName",
    change: "`known === undefined` is always true",
    why: "a name that is not recognised is read as any string",
  },
  {
    file: KNOWN,
    where: "knownName",
    change: "`i < expected.length` becomes `<=`",
    why: "a name that is not recognised is read as any string",
  },
  {
    file: KNOWN,
    where: "knownName",
    change: "`bytes[at + i] !== expected[i]` is always true",
    why: "a name that is not recognised is read as any string",
  },
  {
    file: KNOWN,
    where: "knownName",
    change: "`0` becomes `1`",
    why: "the slot and the third byte leave one first byte alone",
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`second !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`minute !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`hour !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`day !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`month !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`year !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: "src/keys/encoding.ts",
    where: "decodePem",
    change: "`label === undefined` is dropped",
    why: "a match has both groups",
  },
  {
    file: "src/keys/encoding.ts",
    where: "decodePem",
    change: "`body === undefined` is dropped",
    why: "a match has both groups",
  },
  {
    file: "src/keys/ed25519.ts",
    where: "constructor",
    change: "`isLowerHex && material.length === 2 * KEY_BYTES` is always false",
    why: "hex is decoded the slower way, to the same text",
  },
  {
    file: "src/keys/ed25519.ts",
    where: "constructor",
    change: '`hex.endsWith("f")` is dropped',
    why: "what the pattern matches ends so",
  },
  {
    file: "src/keys/ed25519.ts",
    where: "verify",
    change: "`signature.length !== SIGNATURE_BYTES` is always false",
    why: "OpenSSL refuses another length itself; asking first costs nothing",
  },
  {
    file: "src/keys/ed25519.ts",
    where: "ed25519PublicKey",
    change: "`true` becomes `false`",
    why: "hex is decoded the slower way, to the same text",
  },
  { file: "src/keys/rsa.ts", where: "checkStrength", change: "`0` becomes `1`", why: "an RSA key has a modulus" },
  {
    file: "src/metadata/delegations.ts",
    where: "readDelegations",
    change: '`delegationsFor(delegations, "");` is removed',
    why: "the index is made at the first question then",
  },
  {
    file: "src/metadata/delegations.ts",
    where: "readUsualRole",
    change: "`patterns.length > MAX_PATTERN_LENGTH` becomes `>=`",
    why: "the role is read member by member then, to the same end",
  },
  {
    file: "src/keys/ed25519.ts",
    where: "verify",
    change: "`false` becomes `true`",
    why: "OpenSSL throws at nothing that gets here: other lengths are refused before, and what is no point verifies nothing",
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`year !== undefined && month !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`year !== undefined && month !== undefined && day !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`year !== undefined && month !== undefined && day !== undefined && hour !== undefined` is dropped",
    why: SIX_NUMBERS,
  },
  {
    file: TIME,
    where: "parseTime",
    change: "`year !== undefined && month !== undefined && day !== undefined && hour !== undefined && mi` is dropped",
    why: SIX_NUMBERS,
  },
];

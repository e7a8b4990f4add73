/** A mutant that no test can notice, because it changes nothing that can be seen. */
export interface Equivalent {
  readonly file: string;
  readonly where: string;
  readonly change: string;
  readonly why: string;
}

const READER = "src/json/reader.ts";
const VERIFY = "src/metadata/verify.ts";
const TRUSTED_SET = "src/trusted-set/trusted-set.ts";
const LAZY = "src/json/lazy-members.ts";

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
];

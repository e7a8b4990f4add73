import { Members, placesIn, Token, type Node } from "../json.ts";
import type { Random } from "../random.ts";
import { copyOf, type Repository } from "../repository.ts";
import { shown, type Change } from "./change.ts";

const STRANGE_NAMES = [
  ...["", " ", "x", "é", "😀", "\ufb01", "\uffff", "__proto__", "constructor", "toString", "1", "0", "a.b", "a/b"],
  // Go's JSON reads names without regard to case.
  ...["Version", "EXPIRES", "Threshold", "KeyIDs", "Signed", "Meta"],
  ...['"', "\\", "\n", "\u0000", "\u007f", "\u2028", "<", "&", "_type", "x-countermark-layout"],
];

const JUNK: readonly Node[] = [
  ...[null, true, 0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), "", "text", "é😀", "\u0000\u001f", '"\\/', "\u2028\u2029", "<>&"],
  ...[[], [[]], [null, 1, "x"], new Members(), nested(20), nested(57), nested(120)],
  ...["1.0", "1e3", "-0", "9007199254740993", "123456789012345678901234567890"].map((text) => new Token(text)),
];

export const treeChanges: readonly Change[] = [
  { name: "unknown member", edit: addUnknown },
  { name: "unknown member", edit: addUnknown },
  { name: "removed", edit: (signed, { random }) => atPlace(signed, random, ({ name, remove }) => (remove(), name)) },
  { name: "junk", edit: (signed, { random }) => atPlace(signed, random, putJunk) },
  { name: "repeated member", edit: repeatMember },
  { name: "renamed member", edit: renameMember },
  { name: "swapped values", edit: swapValues },
  { name: "target path", apply: strangeTargetPath },
  { name: "strange role name", apply: strangeRoleName },
];

function nested(depth: number): Node {
  return depth === 0 ? [] : [nested(depth - 1)];
}

/** Every object of a signed part, itself among them. */
function objectsIn(signed: Members): Members[] {
  const inside = placesIn(signed).map(({ value }) => value);
  return [signed, ...inside].filter((value) => value instanceof Members);
}

function addUnknown(signed: Members, { random }: Repository): string {
  const object = random.pick(objectsIn(signed));
  const name = random.pick(STRANGE_NAMES);
  const value = copyOf(random.pick(JUNK));
  object.entries.splice(random.below(object.entries.length + 1), 0, [name, value]);
  return `${shown(name)} ${shown(value instanceof Token ? value.text : value)}`;
}

function atPlace(
  signed: Members,
  random: Random,
  change: (place: ReturnType<typeof placesIn>[number], random: Random) => string,
): string | undefined {
  const places = placesIn(signed);
  return places.length === 0 ? undefined : change(random.pick(places), random);
}

function putJunk({ name, replace }: ReturnType<typeof placesIn>[number], random: Random): string {
  const value = copyOf(random.pick(JUNK));
  replace(value);
  return `${name} ${shown(value instanceof Token ? value.text : value)}`;
}

/** A second member of the same name, before or after the first, with the same value or another. */
function repeatMember(signed: Members, { random }: Repository): string | undefined {
  const objects = objectsIn(signed).filter(({ entries }) => entries.length > 0);
  if (objects.length === 0) return undefined;
  const { entries } = random.pick(objects);
  const [name, value] = random.pick(entries);
  entries.splice(random.below(entries.length + 1), 0, [name, random.chance(0.5) ? copyOf(value) : random.pick(JUNK)]);
  return name;
}

function renameMember(signed: Members, { random }: Repository): string | undefined {
  const objects = objectsIn(signed).filter(({ entries }) => entries.length > 0);
  if (objects.length === 0) return undefined;
  const entry = random.pick(random.pick(objects).entries);
  const from = entry[0];
  entry[0] = random.chance(0.5) ? random.pick(STRANGE_NAMES) : `${from} `;
  return `${shown(from)} to ${shown(entry[0])}`;
}

function swapValues(signed: Members, { random }: Repository): string | undefined {
  const [a, b] = random.sample(placesIn(signed), 2);
  if (a === undefined || b === undefined) return undefined;
  const [valueOfA, valueOfB] = [copyOf(a.value), copyOf(b.value)];
  a.replace(valueOfB);
  b.replace(valueOfA);
  return `${a.name} and ${b.name}`;
}

function strangeTargetPath(repository: Repository): string {
  const { random } = repository;
  const draft = random.pick([...repository.roles.values()]);
  const path = random.pick([
    ...STRANGE_NAMES,
    "../../etc/passwd",
    "/abs",
    "a//b",
    "a/./b",
    ".",
    "C:\\x",
    "x".repeat(4096),
  ]);
  const file = Members.of({ length: random.below(9), hashes: Members.of({ sha256: "00".repeat(32) }) });
  draft.signed.set("targets", new Members([[path, file]]));
  return shown(path);
}

/** Everything that names a delegated role names it strangely, and rightly so. */
function strangeRoleName(repository: Repository): string | undefined {
  const { random } = repository;
  const names = [...repository.roles.keys()].filter((each) => each !== "targets" && !each.startsWith("bin-"));
  if (names.length === 0) return undefined;
  const from = random.pick(names);
  const to = random.pick(
    [...STRANGE_NAMES, "../x", "a b", "root ", "TARGETS", "x".repeat(300)].filter((name) => name !== ""),
  );
  const draft = repository.roles.get(from);
  if (draft === undefined || repository.roles.has(to)) return undefined;
  repository.roles.delete(from);
  repository.roles.set(to, draft);
  for (const { signed } of repository.roles.values()) {
    for (const { name, value, replace } of placesIn(signed)) if (name === "name" && value === from) replace(to);
  }
  repository.edges.splice(
    0,
    repository.edges.length,
    ...repository.edges.map(({ name, delegator }) => ({
      name: name === from ? to : name,
      delegator: delegator === from ? to : delegator,
    })),
  );
  return shown(to);
}

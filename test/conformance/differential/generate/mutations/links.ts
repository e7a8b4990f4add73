import { Members, placesIn, Token, type Node } from "../json.ts";
import type { Repository } from "../repository.ts";
import { shown, type Change, type StepChange } from "./change.ts";

/** How what snapshot or timestamp says of a file is changed, after it was made. */
const ENTRY_EDITS: ReadonlyMap<string, (entry: Members) => void> = new Map([
  ["version + 1", (entry: Members) => add(entry, "version", 1)],
  ["version - 1", (entry: Members) => add(entry, "version", -1)],
  ["length + 1", (entry: Members) => add(entry, "length", 1)],
  ["length - 1", (entry: Members) => add(entry, "length", -1)],
  ["length 0", (entry: Members) => entry.set("length", 0)],
  ["no version", (entry: Members) => entry.delete("version")],
  ["wrong sha256", (entry: Members) => entry.set("hashes", Members.of({ sha256: "ab".repeat(32) }))],
  ["right sha256, wrong sha512", (entry: Members) => addHash(entry, "sha512", "ab".repeat(64))],
  ["wrong md5", (entry: Members) => addHash(entry, "md5", "ab".repeat(16))],
  ["unknown hash", (entry: Members) => addHash(entry, "shake-9", "abcd")],
  ["no hashes", (entry: Members) => entry.set("hashes", new Members())],
  ["hashes null", (entry: Members) => entry.set("hashes", null)],
  ["hash in upper case", (entry: Members) => upperCase(entry)],
  ["unknown member", (entry: Members) => entry.set("x", "y")],
  ["version as text", (entry: Members) => entry.set("version", "1")],
  ["version with fraction", (entry: Members) => entry.set("version", new Token("1.0"))],
]);

const STRANGE_ENTRIES = [
  "root.json",
  "timestamp.json",
  "x",
  ".json",
  "../x.json",
  "é.json",
  "__proto__.json",
  "__proto__",
  "1.json",
];

export const linkChanges: readonly Change[] = [
  { name: "snapshot entry", apply: (repository) => editEntry(repository, "snapshot") },
  { name: "timestamp entry", apply: (repository) => editEntry(repository, "timestamp") },
  { name: "snapshot without a role", apply: dropEntry },
  { name: "snapshot with more", apply: (repository) => addEntry(repository, "snapshot") },
  { name: "timestamp with more", apply: (repository) => addEntry(repository, "timestamp") },
  { name: "versions", apply: changeVersion },
  { name: "root chain", apply: breakChain },
];

function add(entry: Members, name: string, difference: number): void {
  const value = entry.get(name);
  if (typeof value === "number") entry.set(name, value + difference);
}

function addHash(entry: Members, algorithm: string, digest: string): void {
  const hashes = entry.get("hashes");
  if (hashes instanceof Members) hashes.set(algorithm, digest);
  else entry.set("hashes", Members.of({ [algorithm]: digest }));
}

function upperCase(entry: Members): void {
  for (const { value, replace } of placesIn(entry.get("hashes") ?? null)) {
    if (typeof value === "string") replace(value.toUpperCase());
  }
}

function editEntry(repository: Repository, listing: "snapshot" | "timestamp"): string {
  const { random } = repository;
  const [name, edit] = random.pick([...ENTRY_EDITS]);
  repository[listing].edits.signed.push((signed) => {
    const entries = entriesOf(signed);
    if (entries.length > 0) edit(random.pick(entries));
  });
  return name;
}

function entriesOf(signed: Members): Members[] {
  const meta = signed.get("meta");
  return meta instanceof Members
    ? meta.entries.map(([, value]) => value).filter((value) => value instanceof Members)
    : [];
}

function dropEntry(repository: Repository): string {
  const { random } = repository;
  repository.snapshot.edits.signed.push((signed) => {
    const meta = signed.get("meta");
    if (meta instanceof Members && meta.entries.length > 0) meta.delete(random.pick(meta.entries)[0]);
  });
  return "";
}

function addEntry(repository: Repository, listing: "snapshot" | "timestamp"): string {
  const name = repository.random.pick(STRANGE_ENTRIES);
  const entry: Node = Members.of({ version: 1 });
  repository[listing].edits.signed.push((signed) => {
    const meta = signed.get("meta");
    if (meta instanceof Members) meta.entries.push([name, entry]);
  });
  return shown(name);
}

/** One file claims another version than the others believe. */
function changeVersion(repository: Repository): string {
  const { random } = repository;
  const draft = random.pick(repository.drafts());
  const difference = random.pick([-2, -1, 1, 2, 1000]);
  draft.edits.signed.push((signed) => add(signed, "version", difference));
  return String(difference);
}

function breakChain({ random, roots }: Repository): string | undefined {
  if (roots.length < 2) return undefined;
  const root = random.pick(roots.slice(1));
  add(root.signed, "version", random.pick([-1, 1, 2]));
  return "";
}

export const stepChanges: readonly StepChange[] = [
  {
    name: "two files swapped",
    apply: (steps, random) => {
      const [a = 0, b = 0] = random.sample([...steps.keys()], 2);
      const bytesAt = (at: number): Uint8Array => steps[at]?.bytes ?? new Uint8Array();
      return steps.map((step, at) =>
        at === a ? { ...step, bytes: bytesAt(b) } : at === b ? { ...step, bytes: bytesAt(a) } : step,
      );
    },
  },
  {
    name: "two steps swapped",
    apply: (steps, random) => {
      const [a = 1, b = 1] = random.sample([...steps.keys()].slice(1), 2);
      return steps.map((step, at) => (at === a ? (steps[b] ?? step) : at === b ? (steps[a] ?? step) : step));
    },
  },
  {
    name: "a step left out",
    apply: (steps, random) => {
      const gone = random.between(1, steps.length - 1);
      return steps.filter((_, at) => at !== gone);
    },
  },
  {
    name: "a step twice",
    apply: (steps, random) => {
      const again = random.between(1, steps.length - 1);
      return steps.flatMap((step, at) => (at === again ? [step, step] : [step]));
    },
  },
  {
    name: "another delegator",
    apply: (steps, random) => {
      const names = [
        "root",
        "targets",
        "snapshot",
        "nobody",
        ...steps.map((step) => (step.op === "delegated" ? step.name : "x")),
      ];
      return steps.map((step) => (step.op === "delegated" ? { ...step, delegator: random.pick(names) } : step));
    },
  },
  {
    name: "another role name",
    apply: (steps, random) => {
      const names = ["root", "targets", "snapshot", "__proto__", "nobody"];
      return steps.map((step) => (step.op === "delegated" ? { ...step, name: random.pick(names) } : step));
    },
  },
];

import {
  compact,
  Members,
  placesIn,
  write,
  type Node,
  type Place,
  type Style,
} from "../conformance/differential/generate/json.ts";
import type { Random } from "../conformance/differential/generate/random.ts";
import { copyOf } from "../conformance/differential/generate/repository.ts";

/** Text that JSON readers and metadata readers have stumbled over. */
const WORDS = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    "null",
    "true",
    "false",
    " ",
    "\n",
    "\t",
    "\u0000",
    "\ufeff",
    "/*",
    "//",
  ],
  ...["0", "-0", "1", "-1", "01", "1.0", "1e0", "1E400", "-", "+1", ".5", "NaN", "Infinity", "0x1"],
  ...["2147483648", "9007199254740991", "9007199254740992", "9223372036854775808", "18446744073709551616"],
  ...[
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\x"',
    '"\\u12"',
    '"\u007f"',
    '"é"',
    '"😀"',
  ],
  ...['"__proto__":', '"constructor":', '"signed":{},', '"signatures":[],', '"version":0,', '"_type":"root",', '"1":'],
  ...[
    '"2040-01-01T00:00:00Z"',
    '"2040-02-30T00:00:00Z"',
    '"2040"',
    '"1.0.31"',
    '"2.0.0"',
    '"ed25519"',
    '"ecdsa"',
    '"rsa"',
  ],
  ...['"../x"', '"a/b"', '"*"', '"**/*"', '"[a]"', '"?"', "[".repeat(70), '{"a":'.repeat(70)],
];
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+|[[\]{}:,]|\s+|[^\s[\]{}:,"]+/g;
const MAX_EDITS = 4;

/** Changes to a document as a tree, which keep it JSON and often keep it right. */
const TREE_EDITS: readonly ((tree: Members, place: Place, random: Random) => void)[] = [
  (_, { remove }) => {
    remove();
  },
  (_, { value, replace }, random) => {
    if (typeof value === "number") replace(value + random.pick([-1, 1, 1000]));
    else if (typeof value === "string") replace(textEdited(value, random));
    else if (typeof value === "boolean") replace(!value);
    else replace(random.pick([null, 0, "", []]));
  },
  (tree, { replace }, random) => {
    replace(copyOf(random.pick(placesIn(tree)).value));
  },
  (_, { parent }, random) => {
    parent?.entries.push([
      random.pick(["x", "", "é", "😀", "\ufb01", "__proto__", "1", "\u0000", "custom"]),
      random.pick([0, "x", []]),
    ]);
  },
  (_, { parent }, random) => {
    if (parent !== undefined) parent.entries = random.shuffled(parent.entries);
  },
];

type Edit = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** Changes that need no idea of what the bytes are. */
const BYTE_EDITS: readonly Edit[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  (bytes, random) => inserted(bytes, random, Buffer.from(random.pick(WORDS))),
  (bytes, random) => inserted(bytes, random, Buffer.from([random.below(256)])),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random, other) => {
    const [from, to] = range(other, random);
    return inserted(bytes, random, other.subarray(from, to));
  },
];

/** Changes to the tokens of JSON, so that what comes out is often JSON again. */
const TOKEN_EDITS: readonly ((tokens: string[], random: Random, other: string[]) => void)[] = [
  (tokens, random) => void tokens.splice(random.below(tokens.length), 1),
  (tokens, random) => void tokens.splice(random.below(tokens.length), 1, random.pick(WORDS)),
  (tokens, random, other) => void tokens.splice(random.below(tokens.length), 1, random.pick(other)),
  (tokens, random) => void tokens.splice(random.below(tokens.length), 0, random.pick(WORDS)),
  (tokens, random) => {
    const from = random.below(tokens.length);
    tokens.splice(from, 0, ...tokens.slice(from, from + random.between(1, 12)));
  },
  (tokens, random) => {
    const [a, b] = [random.below(tokens.length), random.below(tokens.length)];
    [tokens[a], tokens[b]] = [tokens[b] ?? "", tokens[a] ?? ""];
  },
];

/** An input made from one of the corpus by one change, or a few. */
export function mutated(corpus: readonly Buffer[], random: Random): Buffer {
  let bytes = random.pick(corpus);
  const edits = random.chance(0.7) ? 1 : random.between(2, MAX_EDITS);
  for (let n = 0; n < edits; n += 1) {
    const other = random.pick(corpus);
    if (bytes.length === 0) bytes = other;
    else if (random.chance(0.4)) bytes = treeEdited(bytes, random) ?? tokenEdited(bytes, random, other);
    else if (random.chance(0.5)) bytes = tokenEdited(bytes, random, other);
    else bytes = random.pick(BYTE_EDITS)(bytes, random, other);
  }
  return bytes;
}

function tokenEdited(bytes: Buffer, random: Random, other: Buffer): Buffer {
  const tokens = tokensOf(bytes);
  if (tokens.length > 0) random.pick(TOKEN_EDITS)(tokens, random, tokensOf(other));
  return Buffer.from(tokens.join(""));
}

/** The document with one change, written in some style; `undefined` where it is not a JSON object. */
function treeEdited(bytes: Buffer, random: Random): Buffer | undefined {
  const tree = treeOf(bytes);
  if (!(tree instanceof Members)) return undefined;
  const places = placesIn(tree);
  if (places.length > 0) random.pick(TREE_EDITS)(tree, random.pick(places), random);
  const spaced: Style = { ...compact, space: () => random.pick(["", "", " ", "\n\t"]) };
  const asIs: Style = { ...compact, order: (entries) => entries };
  return Buffer.from(write(tree, random.pick([compact, compact, spaced, asIs])));
}

function treeOf(bytes: Buffer): Node | undefined {
  try {
    return nodeOf(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return value.map(nodeOf);
  if (value === null || typeof value !== "object") return value as Node;
  return new Members(Object.entries(value).map(([name, member]) => [name, nodeOf(member)]));
}

function textEdited(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const more = random.pick(["0", "f", "a", "*", "?", "/", ".", "é", "😀", "\\", '"', "\n", "\ud800"]);
  return text.slice(0, at) + more + text.slice(at + random.below(2));
}

function tokensOf(bytes: Buffer): string[] {
  return bytes.toString().match(TOKEN) ?? [""];
}

function inserted(bytes: Buffer, random: Random, more: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function range(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length);
  return [from, Math.min(bytes.length, from + random.between(1, 64))];
}

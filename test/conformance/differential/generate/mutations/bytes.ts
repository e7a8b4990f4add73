import type { Random } from "../random.ts";
import type { Repository } from "../repository.ts";
import type { Change } from "./change.ts";

type ByteEdit = (bytes: Buffer, random: Random) => Buffer;

/** Changes below JSON, and to JSON's own grammar. */
const EDITS: ReadonlyMap<string, ByteEdit> = new Map<string, ByteEdit>([
  ["byte order mark", (bytes) => Buffer.concat([Buffer.from("\ufeff"), bytes])],
  ["newline at the end", (bytes) => Buffer.concat([bytes, Buffer.from("\n")])],
  ["white space around", (bytes) => Buffer.concat([Buffer.from(" \t\r\n"), bytes, Buffer.from("\n\t ")])],
  ["form feed in front", (bytes) => Buffer.concat([Buffer.from("\f"), bytes])],
  ["no-break space behind", (bytes) => Buffer.concat([bytes, Buffer.from("\u00a0")])],
  ["NUL at the end", (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
  ["brace at the end", (bytes) => Buffer.concat([bytes, Buffer.from("}")])],
  ["document twice", (bytes) => Buffer.concat([bytes, bytes])],
  ["truncated", (bytes, random) => bytes.subarray(0, random.below(bytes.length))],
  ["empty", () => Buffer.alloc(0)],
  ["UTF-16", (bytes) => Buffer.from(bytes.toString(), "utf16le")],
  ["a bit turned", (bytes, random) => spliced(bytes, random, (byte) => [byte ^ (1 << random.below(8))])],
  ["a byte lost", (bytes, random) => spliced(bytes, random, () => [])],
  ["a byte doubled", (bytes, random) => spliced(bytes, random, (byte) => [byte, byte])],
  ["a byte more", (bytes, random) => spliced(bytes, random, (byte) => [byte, random.below(256)])],
  ["trailing comma", (bytes) => replaced(bytes, /\}(?=[^}]*$)/, ",}")],
  ["comment", (bytes) => replaced(bytes, /,/, ",/* */")],
  ["single quotes", (bytes) => replaced(bytes, /"([a-z_]+)":/, "'$1':")],
  ["name without quotes", (bytes) => replaced(bytes, /"signed":/, "signed:")],
  ["signed twice, the second empty", (bytes) => replaced(bytes, /\}$/, ',"signed":{}}')],
  ["signed twice, the first empty", (bytes) => replaced(bytes, /^\{/, '{"signed":{},')],
  ["signatures twice", (bytes) => replaced(bytes, /\}$/, ',"signatures":[]}')],
  ["signed by another case", (bytes) => replaced(bytes, /"signed":/, '"Signed":')],
  ["unknown member", (bytes) => replaced(bytes, /\}$/, ',"x":[1.5,null,{}]}')],
  ["prototype member", (bytes) => replaced(bytes, /\}$/, ',"__proto__":{}}')],
  ["an array around", (bytes) => Buffer.concat([Buffer.from("["), bytes, Buffer.from("]")])],
  ["brackets", () => Buffer.from("[".repeat(16_000))],
  ["a version in exponents", (bytes) => replaced(bytes, /"version":(\d+)/, '"version":$1e0')],
  ["a version with zeros", (bytes) => replaced(bytes, /"version":(\d+)/, '"version":00$1')],
  ["a version twice", (bytes) => replaced(bytes, /"version":(\d+)/, '"version":$1,"version":$1')],
  ["a member by another case too", (bytes) => replaced(bytes, /"version":(\d+)/, '"Version":77,"version":$1')],
  ["a threshold by another case too", (bytes) => replaced(bytes, /"threshold":(\d+)/, '"threshold":$1,"THRESHOLD":1')],
]);

export const bytesChanges: readonly Change[] = [
  { name: "bytes", apply: change },
  { name: "bytes", apply: change },
  { name: "bytes", apply: change },
];

function change(repository: Repository): string {
  const { random } = repository;
  const [name, edit] = random.pick([...EDITS]);
  random.pick(repository.drafts()).edits.bytes.push((bytes) => edit(bytes, random));
  return name;
}

function spliced(bytes: Buffer, random: Random, change: (byte: number) => number[]): Buffer {
  const at = random.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(change(bytes[at] ?? 0)), bytes.subarray(at + 1)]);
}

function replaced(bytes: Buffer, pattern: RegExp, by: string): Buffer {
  return Buffer.from(bytes.toString().replace(pattern, by));
}

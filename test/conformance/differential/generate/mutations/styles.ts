import { compact, type Style } from "../json.ts";
import type { Random } from "../random.ts";
import type { Repository } from "../repository.ts";
import type { Change } from "./change.ts";

/** Other ways to write the same document: right, all of them, but not canonical. */
const STYLES: ReadonlyMap<string, (random: Random) => Partial<Style>> = new Map<
  string,
  (random: Random) => Partial<Style>
>([
  ["indented", () => ({ space: (depth) => (depth < 0 ? " " : `\n${"  ".repeat(depth)}`) })],
  ["odd white space", (random) => ({ space: () => random.pick(["", " ", "\t", "\r\n", "\n", "  \t"]) })],
  ["shuffled members", (random) => ({ order: (entries) => random.shuffled(entries) })],
  ["members as made", () => ({ order: (entries) => entries })],
  ["order by UTF-16", () => ({ order: (entries) => entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) })],
  ["everything escaped", () => ({ string: (text) => escaped(text, () => true) })],
  ["some escapes", (random) => ({ string: (text) => escaped(text, () => random.chance(0.1)) })],
  ["escaped slashes", () => ({ string: (text) => JSON.stringify(text).replaceAll("/", "\\/") })],
  ["escaped non-ASCII", () => ({ string: (text) => escaped(text, (unit) => unit > 0x7e) })],
]);

export const styleChanges: readonly Change[] = [
  { name: "written", apply: rewrite },
  { name: "written", apply: rewrite },
];

function rewrite(repository: Repository): string {
  const { random } = repository;
  const [name, style] = random.pick([...STYLES]);
  const drafts = random.chance(0.3) ? repository.drafts() : [random.pick(repository.drafts())];
  for (const draft of drafts) draft.style = { ...compact, ...draft.style, ...style(random) };
  return name;
}

function escaped(text: string, wanted: (unit: number) => boolean): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  const written = units.map((unit) => {
    const must =
      unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit <= 0xdfff && !text.isWellFormed());
    return must || wanted(unit) ? `\\u${unit.toString(16).padStart(4, "0")}` : String.fromCharCode(unit);
  });
  return `"${written.join("")}"`;
}

import type { JsonValue } from "@countermark/tuf";

/** What `JSON.parse` would have made of it. */
export function asPlain(value: JsonValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, member]: [string, JsonValue]) => [name, asPlain(member)]));
  }
  return (value as readonly JsonValue[]).map(asPlain);
}

/** OLPC canonical JSON, written once more from its definition: names by their UTF-8 bytes. */
export function canonicalText(value: JsonValue): string {
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, JsonValue>)];
    members.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${members.map(([name, member]) => `${quoted(name)}:${canonicalText(member)}`).join(",")}}`;
  }
  return `[${(value as readonly JsonValue[]).map(canonicalText).join(",")}]`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Regular expressions backtrack: more stars than these, or longer texts, are not asked. */
const MAX_STARS = 4;
const MAX_LENGTH = 200;

/** Whether a pattern covers a path, by a regular expression; `undefined` where that could take for ever. */
export function matchesByRegExp(pattern: string, path: string): boolean | undefined {
  const stars = pattern.split("*").length - 1;
  if (stars > MAX_STARS || pattern.length + path.length > MAX_LENGTH) return undefined;
  const source = pattern.replace(/[\\^$.*+?()[\]{}|/]/g, (character) => {
    if (character === "*") return "[^/]*";
    return character === "?" ? "[^/]" : `\\${character}`;
  });
  return new RegExp(`^${source}$`, "su").test(path);
}

/** The same JSON with a space after each opening brace. */
export function withSpaces(json: Buffer): Buffer {
  return Buffer.from(
    json.toString("latin1").replace(/"(?:[^"\\]|\\.)*"|\{/gs, (piece) => (piece === "{" ? "{ " : piece)),
    "latin1",
  );
}

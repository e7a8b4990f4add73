import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const WINDOW = 1 << 24;
/** Fewer bytes of a secret than this may stand anywhere by chance. */
const SHORTEST_PART = 10;

/** How a part of a secret may stand somewhere. */
export interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Where a trace was found. */
export interface Trace {
  readonly place: string;
  readonly form: string;
}

/**
 * The halves of a secret, so that a part of it is a trace too: each as UTF-8, UTF-16, hex, and base64 at its three alignments.
 * The whole in any of these forms holds one of them.
 */
export function formsOf(secret: string): readonly Form[] {
  const bytes = Buffer.from(secret, "utf8");
  const middle = bytes.length >> 1;
  if (middle < SHORTEST_PART) throw new Error("the halves of so short a secret may stand anywhere by chance");
  return [bytes.subarray(0, middle), bytes.subarray(middle)].flatMap((half, at) =>
    formsOfPart(half).map(({ name, bytes: form }) => ({ name: `half ${at + 1} as ${name}`, bytes: form })),
  );
}

function formsOfPart(part: Buffer): readonly Form[] {
  const text = (name: string, value: string): Form => ({ name, bytes: Buffer.from(value, "latin1") });
  const aligned = [0, 1, 2].map((before) => {
    const base64 = Buffer.concat([Buffer.alloc(before), part]).toString("base64");
    // What its neighbours share in is left out.
    return text(
      `base64 at ${before}`,
      base64.slice(Math.ceil((before * 8) / 6), Math.floor(((before + part.length) * 8) / 6)),
    );
  });
  return [
    { name: "UTF-8", bytes: part },
    { name: "UTF-16", bytes: Buffer.from(part.toString("utf8"), "utf16le") },
    text("hex", part.toString("hex")),
    text("HEX", part.toString("hex").toUpperCase()),
    ...aligned,
  ];
}

/** The forms that stand in a piece of text or bytes. */
export function tracesIn(place: string, content: Buffer | string, forms: readonly Form[]): readonly Trace[] {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  return forms.filter((form) => bytes.includes(form.bytes)).map(({ name }) => ({ place, form: name }));
}

/** The forms that stand in the files below a folder, or in their names. */
export function tracesBelow(folder: string, forms: readonly Form[]): readonly Trace[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.flatMap((name) => {
    const path = join(folder, name);
    const inName = tracesIn(`the name ${name}`, name, forms);
    return statSync(path).isFile() ? [...inName, ...tracesInFile(path, relative(folder, path), forms)] : inName;
  });
}

/** Piece by piece, each overlapping the next by the longest form. */
function tracesInFile(path: string, place: string, forms: readonly Form[]): readonly Trace[] {
  const longest = Math.max(...forms.map(({ bytes }) => bytes.length));
  const window = Buffer.alloc(WINDOW);
  const found = new Map<string, Trace>();
  const file = openSync(path, "r");
  try {
    for (let at = 0; ; at += WINDOW - longest) {
      const length = readSync(file, window, 0, WINDOW, at);
      for (const trace of tracesIn(place, window.subarray(0, length), forms)) found.set(trace.form, trace);
      if (length < WINDOW) return [...found.values()];
    }
  } finally {
    closeSync(file);
  }
}

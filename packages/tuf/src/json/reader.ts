import { TufError } from "../errors.ts";
import { ascends } from "./code-points.ts";
import type { JsonValue } from "./value.ts";

/** Longest document that is read, in bytes; a role of 100,000 files has 15 MB. */
export const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Deepest nesting of objects and arrays; metadata itself needs 7. */
export const MAX_JSON_DEPTH = 64;

export interface JsonLimits {
  readonly maxBytes?: number;
  readonly maxDepth?: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Reads strict JSON once, from front to back, and lets the caller decide what each value must be: objects and arrays
 * call back for each member, so that metadata is read straight into its types.
 *
 * Stricter than RFC 8259 where a second reader could understand something else: no duplicate names, no lone surrogates,
 * integers only and only those that a double holds exactly, no byte order mark, bounded depth.
 *
 * While reading it notes whether the text is already canonical JSON (`span`): no white space, names ascending by
 * code point, no escapes but `\"` and `\\`.
 */
export class JsonReader {
  readonly text: string;
  readonly #maxDepth: number;
  #at = 0;
  #depth = 0;
  /** How often the text strayed from canonical JSON so far. */
  #deviations = 0;
  /** Names met so far in all objects that are still open, outermost first. */
  readonly #names: string[] = [];

  constructor(text: string, maxDepth: number = MAX_JSON_DEPTH) {
    this.text = text;
    this.#maxDepth = maxDepth;
  }

  /** A reader over UTF-8; throws `TUF_JSON` where the bytes are too many or not UTF-8. */
  static over(
    bytes: Uint8Array,
    { maxBytes = MAX_JSON_BYTES, maxDepth = MAX_JSON_DEPTH }: JsonLimits = {},
  ): JsonReader {
    if (bytes.length > maxBytes) {
      throw new TufError("TUF_JSON", `the document has ${bytes.length} bytes, more than the ${maxBytes} allowed`);
    }
    return new JsonReader(decodeUtf8(bytes), maxDepth);
  }

  /** Reads an object; `member` is called with each name and must read exactly the value that follows. */
  object(member: (name: string) => void): void {
    this.#open(OPEN_BRACE, "an object");
    const names = this.#names;
    const base = names.length;
    if (this.#peek() === CLOSE_BRACE) {
      this.#close();
      return;
    }
    let previous: string | undefined;
    let seen: Set<string> | undefined;
    for (;;) {
      if (this.#peek() !== QUOTE) throw this.#syntax("a member name was expected");
      const name = this.#string();
      if (previous !== undefined && !ascends(previous, name)) {
        // Ascending names cannot repeat; only others need a set to prove it.
        this.#deviations += 1;
        seen ??= new Set(names.slice(base));
      }
      if (seen?.has(name) === true) throw this.#syntax(`the name ${JSON.stringify(name)} stands twice in one object`);
      seen?.add(name);
      names.push(name);
      previous = name;
      if (this.#peek() !== COLON) throw this.#syntax("':' was expected");
      this.#at += 1;
      member(name);
      const next = this.#peek();
      if (next === CLOSE_BRACE) break;
      if (next !== COMMA) throw this.#syntax("',' or '}' was expected");
      this.#at += 1;
    }
    names.length = base;
    this.#close();
  }

  /** Reads an array; `item` is called at each value and must read exactly that. */
  array(item: () => void): void {
    this.#open(OPEN_BRACKET, "an array");
    if (this.#peek() === CLOSE_BRACKET) {
      this.#close();
      return;
    }
    for (;;) {
      item();
      const next = this.#peek();
      if (next === CLOSE_BRACKET) break;
      if (next !== COMMA) throw this.#syntax("',' or ']' was expected");
      this.#at += 1;
    }
    this.#close();
  }

  string(): string {
    if (this.#peek() !== QUOTE) throw this.#unexpected("a string");
    return this.#string();
  }

  integer(): number {
    const first = this.#peek();
    if (first !== MINUS && (first < ZERO || first > NINE)) throw this.#unexpected("an integer");
    return this.#integer(first);
  }

  boolean(): boolean {
    this.#peek();
    if (this.#literal("true")) return true;
    if (this.#literal("false")) return false;
    throw this.#unexpected("true or false");
  }

  /** Reads whatever value follows. */
  value(): JsonValue {
    const first = this.#peek();
    if (first === QUOTE) return this.#string();
    if (first === OPEN_BRACE) {
      const members = new Map<string, JsonValue>();
      this.object((name) => {
        members.set(name, this.value());
      });
      return members;
    }
    if (first === OPEN_BRACKET) {
      const items: JsonValue[] = [];
      this.array(() => {
        items.push(this.value());
      });
      return items;
    }
    if (first === MINUS || (first >= ZERO && first <= NINE)) return this.#integer(first);
    if (this.#literal("true")) return true;
    if (this.#literal("false")) return false;
    if (this.#literal("null")) return null;
    throw this.#syntax("a value was expected");
  }

  /** Runs `read`, which reads one value, and says where in `text` the value stood and whether it was canonical. */
  span(read: () => void): { readonly start: number; readonly end: number; readonly canonical: boolean } {
    this.#peek();
    const start = this.#at;
    const deviations = this.#deviations;
    read();
    return { start, end: this.#at, canonical: this.#deviations === deviations };
  }

  /** Throws unless nothing but white space is left. */
  end(): void {
    this.#peek();
    if (this.#at < this.text.length) throw this.#syntax("something follows the document");
  }

  /** A `TUF_FORMAT` that names the member that was being read. */
  refuse(problem: string): TufError {
    return new TufError("TUF_FORMAT", `${this.#names.at(-1) ?? "the document"} ${problem} (character ${this.#at})`);
  }

  /** Skips white space and returns the next character code, NaN at the end. */
  #peek(): number {
    let code = this.text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.#deviations += 1;
      this.#at += 1;
      code = this.text.charCodeAt(this.#at);
    }
    return code;
  }

  #open(bracket: number, what: string): void {
    if (this.#peek() !== bracket) throw this.#unexpected(what);
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) throw this.#syntax(`objects and arrays nest deeper than ${this.#maxDepth}`);
    this.#at += 1;
  }

  #close(): void {
    this.#depth -= 1;
    this.#at += 1;
  }

  #literal(word: string): boolean {
    if (!this.text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #integer(first: number): number {
    const { text } = this;
    const start = first === MINUS ? this.#at + 1 : this.#at;
    let at = start;
    let value = 0;
    let code = text.charCodeAt(at);
    while (code >= ZERO && code <= NINE) {
      value = value * 10 + (code - ZERO);
      at += 1;
      code = text.charCodeAt(at);
    }
    if (at === start) throw this.#syntax("a digit was expected");
    if (code === 0x2e || code === 0x45 || code === 0x65) throw this.#syntax("numbers other than integers are refused");
    if (at - start > 1 && text.charCodeAt(start) === ZERO) throw this.#syntax("a number has a leading zero");
    if (first === MINUS && value === 0) throw this.#syntax("-0 is refused");
    if (value > Number.MAX_SAFE_INTEGER) throw this.#syntax("an integer is beyond 2^53 - 1");
    this.#at = at;
    return first === MINUS ? -value : value;
  }

  /** Reads a string whose opening quote is the next character. */
  #string(): string {
    const { text } = this;
    const start = this.#at + 1;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) return this.#escapedString(start, at);
      // Also false for NaN, which is the end of the text.
      if (!(code >= 0x20)) throw this.#brokenString(at);
      at += 1;
    }
    this.#at = at + 1;
    return text.slice(start, at);
  }

  /** The rare string with escapes: its end is found here, its decoding left to the engine. */
  #escapedString(start: number, firstEscape: number): string {
    const { text } = this;
    let at = firstEscape;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (!(code >= 0x20)) throw this.#brokenString(at);
      if (code === BACKSLASH) {
        at += 1;
        const escaped = text.charCodeAt(at);
        if (escaped !== QUOTE && escaped !== BACKSLASH) this.#deviations += 1;
      }
      at += 1;
    }
    const value = this.#decodeEscapes(start - 1, at + 1);
    this.#at = at + 1;
    return value;
  }

  #decodeEscapes(start: number, end: number): string {
    let value: string;
    try {
      value = JSON.parse(this.text.slice(start, end)) as string;
    } catch (cause) {
      throw new TufError("TUF_JSON", `a string holds a wrong escape (character ${start})`, { cause });
    }
    if (!value.isWellFormed()) throw this.#syntax("a string holds half of a surrogate pair");
    return value;
  }

  #brokenString(at: number): TufError {
    return at >= this.text.length
      ? this.#syntax("a string does not end", at)
      : this.#syntax("a control character stands in a string", at);
  }

  /** The next value is of another kind than `wanted`, or it is no value at all. */
  #unexpected(wanted: string): TufError {
    const next = this.text.charAt(this.#at);
    return next !== "" && '"{[tfn-0123456789'.includes(next)
      ? this.refuse(`is not ${wanted}`)
      : this.#syntax(`${wanted} was expected`);
  }

  #syntax(problem: string, at = this.#at): TufError {
    return new TufError("TUF_JSON", `${problem} (character ${at})`);
  }
}

/** Refuses what is not UTF-8; a byte order mark stays, so that the reader refuses it. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TufError("TUF_JSON", "the document is not UTF-8", { cause });
  }
}

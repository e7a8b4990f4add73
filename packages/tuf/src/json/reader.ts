import { isAscii, isUtf8 } from "node:buffer";
import { TufError } from "../errors.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  ENDS_PLAIN_STRING,
  HEX_DIGITS,
  MINUS,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  ZERO,
} from "./bytes.ts";
import { ascends } from "./code-points.ts";
import { knownName } from "./known-names.ts";
import { LazyMembers, type ReadMember } from "./lazy-members.ts";
import type { JsonValue } from "./value.ts";
import { shown } from "../shown.ts";

/** Longest document that is read, in bytes; a role of 100,000 files has 16 MB. */
export const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Deepest nesting of objects and arrays; metadata itself needs 7. */
export const MAX_JSON_DEPTH = 64;

export interface JsonLimits {
  readonly maxBytes?: number;
  readonly maxDepth?: number;
}

/**
 * Reads strict JSON once, from front to back; the caller asks for what must come next, so that metadata is read straight
 * into its types:
 *
 *     json.openObject();
 *     for (let name = json.nextName(); name !== undefined; name = json.nextName()) …read exactly one value…
 *
 * Stricter than RFC 8259 where a second reader could understand something else: no duplicate names, no lone surrogates,
 * integers only and only those that a double holds exactly, no byte order mark, bounded depth.
 *
 * While reading it counts where the text strays from canonical JSON: white space, names that do not ascend by code point,
 * escapes other than `\"` and `\\`.
 */
export class JsonReader {
  readonly bytes: Uint8Array;
  /** One character for each byte: strings are cut out of it, and decoded only where they go beyond ASCII. */
  readonly #text: string;
  readonly #ascii: boolean;
  readonly #maxDepth: number;
  #at = 0;
  /** An object or array was opened and nothing of it read yet. */
  #first = false;
  #deviations = 0;
  /** Names met so far in all objects that are still open, outermost first: the first `#nameCount`. */
  readonly #names: string[] = [];
  #nameCount = 0;
  /** For each open object or array, how many of `#names` belong to those around it. */
  readonly #bases: number[] = [];
  /** By depth, the names of an object whose names do not ascend: only there must repetition be looked for. */
  readonly #seen: (Set<string> | undefined)[] = [];

  /** Throws `TUF_JSON` where the bytes are too many or not UTF-8. `known` is what another reader found of the same bytes. */
  constructor(bytes: Uint8Array, limits: JsonLimits = {}, known?: { readonly text: string; readonly ascii: boolean }) {
    const { maxBytes = MAX_JSON_BYTES, maxDepth = MAX_JSON_DEPTH } = limits;
    this.#maxDepth = maxDepth;
    if (known !== undefined) {
      this.bytes = bytes;
      this.#ascii = known.ascii;
      this.#text = known.text;
      return;
    }
    if (bytes.length > maxBytes) {
      throw new TufError("TUF_JSON", `the document has ${bytes.length} bytes, more than the ${maxBytes} allowed`);
    }
    this.#ascii = isAscii(bytes);
    if (!this.#ascii && !isUtf8(bytes)) throw new TufError("TUF_JSON", "the document is not UTF-8");
    // Never a Buffer: the engine reads bytes fastest from one kind of array.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  }

  openObject(): void {
    this.#open(OPEN_BRACE, "an object");
  }

  /** The name of the next member, whose value must be read before the next call; `undefined` once the object has ended. */
  nextName(): string | undefined {
    let next = this.#peek();
    if (next === CLOSE_BRACE) {
      this.#close();
      return undefined;
    }
    if (this.#first) this.#first = false;
    else if (next === COMMA) {
      this.#at += 1;
      next = this.#peek();
    } else throw this.#syntax("',' or '}' was expected");
    if (next !== QUOTE) throw this.#syntax("a member name was expected");
    const name = this.#name();
    this.#refuseRepetition(name);
    if (this.#peek() !== COLON) throw this.#syntax("':' was expected");
    this.#at += 1;
    return name;
  }

  openArray(): void {
    this.#open(OPEN_BRACKET, "an array");
  }

  /** Whether a further item follows, which must be read before the next call. */
  nextItem(): boolean {
    const next = this.#peek();
    if (next === CLOSE_BRACKET) {
      this.#close();
      return false;
    }
    if (this.#first) this.#first = false;
    else if (next === COMMA) this.#at += 1;
    else throw this.#syntax("',' or ']' was expected");
    return true;
  }

  string(): string {
    if (this.#peek() !== QUOTE) throw this.#unexpected("a string");
    return this.#string();
  }

  /** Reads a string of lower-case hex digits, at least one. */
  hex(): string {
    const digits = this.hexIfSo();
    if (digits !== undefined) return digits;
    this.string();
    throw this.refuse("is not lower-case hex");
  }

  /** Reads a string of lower-case hex digits, at least one; leaves any other where it is. */
  hexIfSo(): string | undefined {
    if (this.#peek() !== QUOTE) return undefined;
    const { bytes } = this;
    const start = this.#at + 1;
    let at = start;
    while (HEX_DIGITS[bytes[at] ?? 0] === 1) at += 1;
    if (bytes[at] !== QUOTE || at === start) return undefined;
    this.#at = at + 1;
    return this.#text.slice(start, at);
  }

  /**
   * Reads an object that has one kind of value. As long as each member stands in the text as `usual` says, and after the
   * one before it, only their places are noted, and `read` is called when somebody asks for a value; it must accept all
   * that `usual` does. From the first other member on, and for all before it, `read` is called at once.
   *
   * @param usual a sticky pattern of a whole member; matches canonical JSON alone, with a name of printable ASCII
   * @param suffix what each name ends in, and the keys of the map do not; `read` gets whole names, and refuses others
   */
  members<T>(usual: RegExp, read: ReadMember<T>, suffix = ""): ReadonlyMap<string, T> {
    this.openObject();
    const starts = this.#usualMembers(usual);
    if (starts.length > 0 && this.bytes[this.#at] === CLOSE_BRACE) {
      const end = this.#at;
      this.#close();
      return new LazyMembers(this.#second(), starts, end, suffix, read);
    }
    const cut = -suffix.length || undefined;
    const members = new Map<string, T>();
    const second = this.#second();
    for (const start of starts) members.set(this.plainStringAt(start).slice(0, cut), second.memberAt(start, read));
    for (let name = this.nextName(); name !== undefined; name = this.nextName()) {
      const value = read(this, name);
      members.set(name.slice(0, cut), value);
    }
    return members;
  }

  /** What a sticky pattern catches in what comes next, if it stands there as the pattern says; reads nothing. */
  lookAhead(usual: RegExp): RegExpExecArray | undefined {
    usual.lastIndex = this.#at;
    return usual.exec(this.#text) ?? undefined;
  }

  /** Goes on after `length` bytes that were found by `lookAhead` to be whole values. */
  skip(length: number): void {
    this.#at += length;
  }

  /** Reads the member that begins at `start` with its name, whatever stands around it. */
  memberAt<T>(start: number, read: ReadMember<T>): T {
    this.#at = start;
    this.#nameCount = 0;
    this.#bases.length = 0;
    this.#first = true;
    return read(this, this.nextName() ?? "");
  }

  /** The string whose opening quote is at `start`, where it was found to hold neither escapes nor what is beyond ASCII. */
  plainStringAt(start: number): string {
    return this.#text.slice(start + 1, this.#text.indexOf('"', start + 1));
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
    if (first === OPEN_BRACE) return this.#members();
    if (first === OPEN_BRACKET) return this.#items();
    if (first === MINUS || (first >= ZERO && first <= NINE)) return this.#integer(first);
    if (this.#literal("true")) return true;
    if (this.#literal("false")) return false;
    if (this.#literal("null")) return null;
    throw this.#syntax("a value was expected");
  }

  /** How many bytes are read: right after a value, where that ended. */
  position(): number {
    return this.#at;
  }

  /** Goes to where the next value begins. */
  skipSpace(): void {
    this.#peek();
  }

  /** How often the text strayed from canonical JSON so far: if no more after a value than before, that was canonical. */
  deviations(): number {
    return this.#deviations;
  }

  /** Throws unless nothing but white space is left. */
  end(): void {
    this.#peek();
    if (this.#at < this.bytes.length) throw this.#syntax("something follows the document");
  }

  /** A `TUF_FORMAT` that names the member that was being read. */
  refuse(problem: string): TufError {
    return new TufError(
      "TUF_FORMAT",
      `${shown(this.#names[this.#nameCount - 1] ?? "the document")} ${problem} (byte ${this.#at})`,
    );
  }

  /** Skips white space and returns the next byte, -1 at the end. */
  #peek(): number {
    let next = this.bytes[this.#at] ?? -1;
    while (next === 0x20 || next === 0x0a || next === 0x0d || next === 0x09) {
      this.#deviations += 1;
      this.#at += 1;
      next = this.bytes[this.#at] ?? -1;
    }
    return next;
  }

  #open(bracket: number, what: string): void {
    if (this.#peek() !== bracket) throw this.#unexpected(what);
    if (this.#bases.length >= this.#maxDepth) {
      throw this.#syntax(`objects and arrays nest deeper than ${this.#maxDepth}`);
    }
    this.#bases.push(this.#nameCount);
    this.#at += 1;
    this.#first = true;
  }

  #close(): void {
    this.#first = false;
    this.#at += 1;
    this.#seen[this.#bases.length] = undefined;
    this.#nameCount = this.#bases.pop() ?? 0;
  }

  /** Ascending names cannot repeat; only others need a set to prove it. */
  #refuseRepetition(name: string): void {
    const names = this.#names;
    const depth = this.#bases.length;
    const base = this.#bases[depth - 1] ?? 0;
    const previous = this.#nameCount > base ? names[this.#nameCount - 1] : undefined;
    let seen = this.#seen[depth];
    if (previous !== undefined && !(this.#ascii ? previous < name : ascends(previous, name))) {
      this.#deviations += 1;
      seen ??= this.#seen[depth] = new Set(names.slice(base, this.#nameCount));
    }
    if (seen !== undefined) {
      if (seen.has(name)) throw this.#syntax(`the name ${shown(name)} stands twice in one object`);
      seen.add(name);
    }
    names[this.#nameCount] = name;
    this.#nameCount += 1;
  }

  /** Goes over the members of an object that stand as `usual` says, in ascending order, and returns where they begin. */
  #usualMembers(usual: RegExp): number[] {
    const starts: number[] = [];
    let previous = "";
    for (let at = this.#at; ; at += 1) {
      usual.lastIndex = at;
      if (!usual.test(this.#text)) break;
      const name = this.plainStringAt(at);
      if (name <= previous) break;
      starts.push(at);
      previous = name;
      at = this.#at = usual.lastIndex;
      if (this.bytes[at] !== COMMA) break;
    }
    if (starts.length === 0 || this.bytes[this.#at] === CLOSE_BRACE) return starts;
    // The names of what follows are still to be compared with theirs.
    this.#first = false;
    for (const start of starts) this.#names[this.#nameCount++] = this.plainStringAt(start);
    return starts;
  }

  /** A reader of the same document for what was gone over: this one goes on meanwhile. */
  #second(): JsonReader {
    return new JsonReader(this.bytes, {}, { text: this.#text, ascii: this.#ascii });
  }

  #members(): JsonValue {
    const members = new Map<string, JsonValue>();
    this.openObject();
    for (let name = this.nextName(); name !== undefined; name = this.nextName()) members.set(name, this.value());
    return members;
  }

  #items(): JsonValue {
    const items: JsonValue[] = [];
    this.openArray();
    while (this.nextItem()) items.push(this.value());
    return items;
  }

  #literal(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #integer(first: number): number {
    const { bytes } = this;
    const start = first === MINUS ? this.#at + 1 : this.#at;
    let at = start;
    let value = 0;
    let code = bytes[at] ?? -1;
    while (code >= ZERO && code <= NINE) {
      value = value * 10 + (code - ZERO);
      at += 1;
      code = bytes[at] ?? -1;
    }
    if (at === start) throw this.#syntax("a digit was expected");
    if (code === 0x2e || code === 0x45 || code === 0x65) throw this.#syntax("numbers other than integers are refused");
    if (at - start > 1 && bytes[start] === ZERO) throw this.#syntax("a number has a leading zero");
    if (first === MINUS && value === 0) throw this.#syntax("-0 is refused");
    if (value > Number.MAX_SAFE_INTEGER) throw this.#syntax("an integer is beyond 2^53 - 1");
    this.#at = at;
    return first === MINUS ? -value : value;
  }

  /** Reads a member name whose opening quote is the next byte: mostly one that metadata always has. */
  #name(): string {
    const known = knownName(this.bytes, this.#at + 1);
    if (known === undefined) return this.#string();
    this.#at += known.length + 2;
    return known;
  }

  /** Reads a string whose opening quote is the next byte. */
  #string(): string {
    const { bytes } = this;
    const start = this.#at + 1;
    let at = start;
    while (ENDS_PLAIN_STRING[bytes[at] ?? 0] === 0) at += 1;
    if (bytes[at] !== QUOTE) return this.#longString(start, at);
    this.#at = at + 1;
    return this.#text.slice(start, at);
  }

  /** The rarer string with escapes or beyond ASCII: its end is found here, its decoding left to the engine. */
  #longString(start: number, first: number): string {
    const { bytes } = this;
    let at = first;
    let escaped = false;
    for (let code = bytes[at] ?? -1; code !== QUOTE; code = bytes[at] ?? -1) {
      if (code < 0x20) throw this.#brokenString(at);
      if (code === BACKSLASH) {
        escaped = true;
        at += 1;
        if (bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) this.#deviations += 1;
      }
      at += 1;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString("utf8");
    const value = escaped ? this.#unescape(text, start) : text;
    this.#at = at + 1;
    return value;
  }

  #unescape(text: string, start: number): string {
    let value: string;
    try {
      value = JSON.parse(`"${text}"`) as string;
    } catch (cause) {
      throw new TufError("TUF_JSON", `a string holds a wrong escape (byte ${start})`, { cause });
    }
    if (!value.isWellFormed()) throw this.#syntax("a string holds half of a surrogate pair");
    return value;
  }

  #brokenString(at: number): TufError {
    return at >= this.bytes.length
      ? this.#syntax("a string does not end", at)
      : this.#syntax("a control character stands in a string", at);
  }

  /** The next value is of another kind than `wanted`, or it is no value at all. */
  #unexpected(wanted: string): TufError {
    const next = this.#text.charAt(this.#at);
    return next !== "" && '"{[tfn-0123456789'.includes(next)
      ? this.refuse(`is not ${wanted}`)
      : this.#syntax(`${wanted} was expected`);
  }

  #syntax(problem: string, at = this.#at): TufError {
    return new TufError("TUF_JSON", `${problem} (byte ${at})`);
  }
}

import {
  parseJson,
  parseTime,
  readPublicKey,
  computeKeyId,
  TufError,
  type JsonObject,
  type JsonValue,
  type PublicKey,
} from "@countermark/tuf";
import { RepositoryError } from "../../errors.ts";

/** Deepest nesting of a message: a key object in a list in the body. */
const MAX_DEPTH = 8;
/** Standard base64 (RFC 4648, 4), padded. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEX = /^(?:[0-9a-f]{2})+$/;
/** Longest signature, in bytes: that of the largest RSA key that may sign. */
const MAX_SIGNATURE_BYTES = 2048;

/**
 * The members of one JSON object of the API, each read once and strictly. Reading throws `WIRE_FORMAT` for what is not of
 * its form. A request ends with {@link Members.end}: a member that nobody knows may be one that was meant to forbid
 * something. An answer does not: later servers may say more.
 */
export class Members {
  readonly #members: JsonObject;
  readonly #read = new Set<string>();

  constructor(members: JsonObject) {
    this.#members = members;
  }

  /** Reads a whole body of at most `maxBytes`. */
  static parse(body: Uint8Array, maxBytes: number): Members {
    let value: JsonValue;
    try {
      value = parseJson(body, { maxBytes, maxDepth: MAX_DEPTH });
    } catch (error) {
      if (error instanceof TufError) throw malformed(`the body is not the JSON that is read here: ${error.message}`);
      throw error;
    }
    return Members.of(value, "the body");
  }

  static of(value: JsonValue | undefined, what: string): Members {
    if (value instanceof Map) return new Members(value as JsonObject);
    throw malformed(`${what} is not an object`);
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** A string of a form. */
  text(name: string, form: RegExp): string {
    const value = this.#take(name);
    if (typeof value === "string" && form.test(value)) return value;
    throw malformed(`${name} is missing or not of its form`);
  }

  /** An integer between two bounds. */
  count(name: string, least: number, most: number): number {
    const value = this.#take(name);
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw malformed(`${name} is not a number from ${least} to ${most}`);
  }

  /** Milliseconds since the epoch, written as TUF writes times. */
  time(name: string): number {
    try {
      return parseTime(this.text(name, /^.{20}$/));
    } catch (error) {
      if (error instanceof TufError) throw malformed(`${name} is no time like 2030-01-01T00:00:00Z`);
      throw error;
    }
  }

  /** Bytes in base64. */
  bytes(name: string, maxBytes: number): Uint8Array {
    const value = this.#take(name);
    if (typeof value !== "string" || value.length > 4 * Math.ceil(maxBytes / 3) || !BASE64.test(value)) {
      throw malformed(`${name} is not base64 of at most ${maxBytes} bytes`);
    }
    return new Uint8Array(Buffer.from(value, "base64"));
  }

  /** A signature in lower-case hex, as TUF writes them. */
  signature(name: string): Uint8Array {
    const text = this.text(name, HEX);
    if (text.length > 2 * MAX_SIGNATURE_BYTES) throw malformed(`${name} is too long for a signature`);
    return new Uint8Array(Buffer.from(text, "hex"));
  }

  object(name: string): JsonObject {
    const value = this.#take(name);
    if (value instanceof Map) return value as JsonObject;
    throw malformed(`${name} is not an object`);
  }

  /** The members of each object of a list. */
  list(name: string, maxItems: number): readonly Members[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > maxItems)
      throw malformed(`${name} is not a list of at most ${maxItems}`);
    return (value as readonly JsonValue[]).map((item) => Members.of(item, `an item of ${name}`));
  }

  /** A key object (TUF 4.2), under the id that TUF computes for it. */
  key(name: string): PublicKey {
    const json = this.object(name);
    try {
      return readPublicKey(computeKeyId(json), json);
    } catch (error) {
      if (error instanceof TufError) throw malformed(`${name} is no key: ${error.message}`);
      throw error;
    }
  }

  /** What `read` makes of a member, or undefined where it does not stand. */
  optional<T>(name: string, read: (name: string) => T): T | undefined {
    return this.has(name) ? read(name) : undefined;
  }

  /** Refuses members that were not read. */
  end(): void {
    for (const name of this.#members.keys()) {
      if (!this.#read.has(name)) throw malformed(`there is an unknown member ${JSON.stringify(name.slice(0, 100))}`);
    }
  }

  #take(name: string): JsonValue | undefined {
    this.#read.add(name);
    return this.#members.get(name);
  }
}

export function malformed(message: string): RepositoryError {
  return new RepositoryError("WIRE_FORMAT", message);
}

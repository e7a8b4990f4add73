import { IdentityError } from "../errors.ts";

/** Longest name of an algorithm, cipher or curve, in characters. */
const MAX_NAME = 64;
const NAME = /^[\x21-\x7e]+$/;

/**
 * Reads the data types of SSH (RFC 4251, 5) from bytes that anyone may have made. Nothing is allocated by a length that
 * was read: strings are views. All of it throws `IDENTITY_SSH` where the bytes do not hold what is asked for.
 */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Buffer {
    if (length > this.left) throw malformed("ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  string(): Buffer {
    return this.bytes(this.uint32());
  }

  /** The name of an algorithm or the like: printable ASCII (RFC 4251, 6). */
  name(): string {
    const name = this.string();
    const text = name.length > MAX_NAME ? "" : name.toString("latin1");
    if (!NAME.test(text)) throw malformed("holds a name that is none");
    return text;
  }

  /** A non-negative `mpint`, as its magnitude without leading zeros. Refuses any but the one form that RFC 4251, 5 gives. */
  mpint(): Buffer {
    const bytes = this.string();
    const [first = 0, second = 0] = bytes;
    if (first >= 0x80) throw malformed("holds a negative number");
    if (bytes.length > 0 && first === 0 && second < 0x80) throw malformed("holds a number with superfluous zeros");
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  end(): void {
    if (this.left > 0) throw malformed("goes on where it should end");
  }
}

/** The refusal of SSH data. */
export function malformed(what: string, cause?: unknown): IdentityError {
  return new IdentityError("IDENTITY_SSH", `SSH data ${what}`, { cause });
}

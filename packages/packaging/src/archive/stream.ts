import { PackagingError } from "../errors.ts";

/** Reads forward through pieces of foreign size. */
export class StreamReader {
  readonly #next: () => Uint8Array | undefined;
  #piece: Uint8Array = new Uint8Array();

  /** `next` gives the next piece, never an empty one; nothing at the end. */
  constructor(next: () => Uint8Array | undefined) {
    this.#next = next;
  }

  /** Exactly `length` bytes, a copy. Throws `ARCHIVE_TRUNCATED`. */
  read(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = this.#take(length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  /** Throws `ARCHIVE_TRUNCATED`. */
  skip(length: number): void {
    for (let left = length; left > 0;) left -= this.#take(left).length;
  }

  /** The next piece, whatever its size; nothing at the end. */
  piece(): Uint8Array | undefined {
    const piece = this.#piece.length > 0 ? this.#piece : this.#next();
    this.#piece = new Uint8Array();
    return piece;
  }

  #take(most: number): Uint8Array {
    const piece = this.piece();
    if (piece === undefined)
      throw new PackagingError("ARCHIVE_TRUNCATED", "the archive ends in the middle of a member");
    this.#piece = piece.subarray(most);
    return piece.subarray(0, most);
  }
}

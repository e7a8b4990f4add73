/** Longest line that is taken, in bytes; the longest passphrase is shorter. */
export const MAX_LINE_BYTES = 8192;

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CTRL_U = 0x15;
const CTRL_W = 0x17;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;

/** What a byte did to the line. */
export type Edit = "none" | "added" | "removed" | "cleared" | "done" | "given-up";

/** Where in a key's escape sequence (ECMA-48) we are: none, behind ESC, in a control sequence's parameters, behind SS3. */
type Sequence = "none" | "escape" | "parameters" | "one-more";

/**
 * A line typed at a terminal in raw mode, byte by byte: what keys do to it, without any I/O. The line lives in one buffer
 * that is overwritten when it is taken or given up; it never becomes a string.
 */
export class LineEditor {
  readonly #line = Buffer.alloc(MAX_LINE_BYTES);
  #length = 0;
  #sequence: Sequence = "none";
  #afterReturn = false;

  /** Takes one byte; `done` when the line has ended. */
  feed(byte: number): Edit {
    const feedOfReturn = this.#afterReturn && byte === LINE_FEED;
    this.#afterReturn = byte === CARRIAGE_RETURN;
    if (feedOfReturn || this.#inSequence(byte)) return "none";
    switch (byte) {
      case CARRIAGE_RETURN:
      case LINE_FEED:
        return "done";
      case CTRL_C:
        return this.#giveUp();
      case CTRL_D:
        return this.#length === 0 ? this.#giveUp() : "none";
      case BACKSPACE:
      case DELETE:
        return this.#removeCharacter() ? "removed" : "none";
      case CTRL_U:
        return this.#clear();
      case CTRL_W:
        return this.#removeWord();
      case ESCAPE:
        this.#sequence = "escape";
        return "none";
      default:
        return byte < SPACE ? "none" : this.#add(byte);
    }
  }

  /** The line in a buffer of its own, which the caller overwrites; the editor is empty again. */
  take(): Buffer {
    const line = Buffer.from(new ArrayBuffer(this.#length));
    line.set(this.#line.subarray(0, this.#length));
    this.wipe();
    return line;
  }

  /** Overwrites what was typed. */
  wipe(): void {
    this.#line.fill(0);
    this.#length = 0;
  }

  /** Arrow and function keys are keys that do nothing here: their letters must not land in a passphrase. */
  #inSequence(byte: number): boolean {
    switch (this.#sequence) {
      case "none":
        return false;
      case "escape":
        this.#sequence = byte === 0x5b ? "parameters" : byte === 0x4f ? "one-more" : "none";
        return this.#sequence !== "none" || (byte >= SPACE && byte < DELETE);
      case "parameters":
        if (byte >= 0x40 && byte <= 0x7e) this.#sequence = "none";
        return byte >= SPACE;
      case "one-more":
        this.#sequence = "none";
        return true;
    }
  }

  #add(byte: number): Edit {
    if (this.#length === MAX_LINE_BYTES) return "none";
    this.#line[this.#length] = byte;
    this.#length += 1;
    return "added";
  }

  /** One character of UTF-8: its last byte and the continuation bytes before it. */
  #removeCharacter(): boolean {
    if (this.#length === 0) return false;
    let last: number;
    do {
      this.#length -= 1;
      last = this.#line[this.#length] ?? 0;
      this.#line[this.#length] = 0;
    } while (this.#length > 0 && (last & 0xc0) === 0x80);
    return true;
  }

  #removeWord(): Edit {
    while (this.#line[this.#length - 1] === SPACE) this.#removeCharacter();
    while (this.#length > 0 && this.#line[this.#length - 1] !== SPACE) this.#removeCharacter();
    return "cleared";
  }

  #clear(): Edit {
    this.wipe();
    return "cleared";
  }

  #giveUp(): Edit {
    this.wipe();
    return "given-up";
  }
}

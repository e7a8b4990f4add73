import { closeSync, openSync, read, writeSync } from "node:fs";
import { promisify } from "node:util";
import { ReadStream } from "node:tty";
import { IdentityError } from "../errors.ts";
import { LineEditor } from "./line-editor.ts";

const readAsync = promisify(read);
/** The controlling terminal as a file; Windows has none, and standard input must do. */
const TERMINAL_FILE = process.platform === "win32" ? undefined : "/dev/tty";
/** Bytes that are read at once: a person types one, a paste has many. */
const CHUNK_BYTES = 256;
const CLEAR_LINE = "\r\u001b[K";
const ENTER_OTHER_SCREEN = "\u001b[?1049h\u001b[H\u001b[2J";
const LEAVE_OTHER_SCREEN = "\u001b[2J\u001b[?1049l";

/**
 * A conversation with the person at the terminal, whatever standard input and output are redirected to. What is typed is
 * read from the system straight into buffers of ours, and overwritten.
 */
export interface Terminal extends Disposable {
  /** Writes text as it is. */
  write(text: string): void;
  /**
   * One line, without its end; the caller overwrites it.
   * @throws IdentityError `PROMPT_GIVEN_UP` for Ctrl-C, Ctrl-D, or a terminal that went away
   */
  ask(question: string, echo: "echo" | "hidden"): Promise<Buffer>;
  /** Shows text that must not stay in the terminal's memory of lines, until Enter is pressed. */
  showOnce(pieces: Iterable<string>): Promise<void>;
}

/** The controlling terminal of this process; `undefined` where there is none. */
export function openTerminal(): Terminal | undefined {
  if (TERMINAL_FILE === undefined) return process.stdin.isTTY ? new RawTerminal(0, 2) : undefined;
  try {
    return new RawTerminal(openSync(TERMINAL_FILE, "r+"));
  } catch {
    return undefined;
  }
}

class RawTerminal implements Terminal {
  readonly #input: number;
  readonly #output: number;
  /** Sets the mode alone: nothing is ever read through it, for a stream leaves copies behind. */
  readonly #mode: ReadStream;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #next = 0;
  #filled = 0;

  constructor(input: number, output = input) {
    this.#input = input;
    this.#output = output;
    // A terminal of its own: the stream makes its descriptor one that does not wait.
    this.#mode = new ReadStream(TERMINAL_FILE === undefined ? input : openSync(TERMINAL_FILE, "r+"));
  }

  write(text: string): void {
    writeSync(this.#output, text);
  }

  async ask(question: string, echo: "echo" | "hidden"): Promise<Buffer> {
    const editor = new LineEditor();
    this.#mode.setRawMode(true);
    try {
      this.write(question);
      await this.#edit(editor, question, echo);
      return editor.take();
    } finally {
      editor.wipe();
      this.#mode.setRawMode(false);
      this.write("\n");
    }
  }

  async showOnce(pieces: Iterable<string>): Promise<void> {
    this.write(ENTER_OTHER_SCREEN);
    for (const piece of pieces) this.write(piece);
    try {
      (await this.ask("", "hidden")).fill(0);
    } finally {
      this.write(LEAVE_OTHER_SCREEN);
    }
  }

  [Symbol.dispose](): void {
    this.#chunk.fill(0);
    this.#mode.destroy();
    if (this.#input > 2) closeSync(this.#input);
  }

  async #edit(editor: LineEditor, question: string, echo: "echo" | "hidden"): Promise<void> {
    for (;;) {
      const byte = await this.#byte();
      const edit = byte === undefined ? "given-up" : editor.feed(byte);
      if (edit === "done") return;
      if (edit === "given-up") throw givenUp();
      if (echo === "echo") this.#echo(edit, byte ?? 0, question);
    }
  }

  #echo(edit: "none" | "added" | "removed" | "cleared", byte: number, question: string): void {
    if (edit === "added") writeSync(this.#output, Buffer.of(byte));
    if (edit === "removed") this.write("\b \b");
    if (edit === "cleared") this.write(CLEAR_LINE + question);
  }

  async #byte(): Promise<number | undefined> {
    if (this.#next === this.#filled) {
      this.#chunk.fill(0);
      this.#next = 0;
      this.#filled = await this.#fill();
      if (this.#filled === 0) return undefined;
    }
    const byte = this.#chunk[this.#next];
    this.#chunk[this.#next] = 0;
    this.#next += 1;
    return byte;
  }

  /** A terminal that was closed answers with an error: nobody is there any more. */
  async #fill(): Promise<number> {
    try {
      return (await readAsync(this.#input, this.#chunk, 0, CHUNK_BYTES, null)).bytesRead;
    } catch {
      return 0;
    }
  }
}

function givenUp(): IdentityError {
  return new IdentityError("PROMPT_GIVEN_UP", "nothing was signed: you gave up at the prompt");
}

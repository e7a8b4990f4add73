const OUTPUT_INDENT = "    ";
const TICK_MS = 1000;

/** Writes the demo's story: chapters, commands, what they said, and what follows from it. Readable without colour. */
export class Screen {
  readonly #out = process.stdout;
  readonly #colour = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  #chapters = 0;

  title(text: string): void {
    this.#line(this.#bold(text));
  }

  /** Starts the next chapter. */
  chapter(text: string): void {
    this.#chapters += 1;
    this.#line(`\n${this.#bold(`${this.#chapters}. ${text}`)}`);
  }

  /** A paragraph of the narrator. */
  say(...lines: readonly string[]): void {
    this.#line("");
    for (const line of lines) this.#line(`  ${line}`);
  }

  /** A command as the reader would type it. */
  command(text: string): void {
    this.#line(`\n  ${this.#bold(`$ ${text}`)}`);
  }

  /** What a command said. */
  output(lines: readonly string[]): void {
    for (const line of lines) this.#line(this.#dim(OUTPUT_INDENT + line).trimEnd());
  }

  /** What just happened to somebody without protection. */
  bad(text: string): void {
    this.#line(`  ${this.#paint("31", `[!] ${text}`)}`);
  }

  /** What just happened to somebody with it. */
  good(text: string): void {
    this.#line(`  ${this.#paint("32", `[ok] ${text}`)}`);
  }

  /** Shows on a terminal how long some work has been going on, until it is done. */
  async waiting<T>(work: Promise<T>): Promise<T> {
    const started = Date.now();
    const seconds = (): string => `${OUTPUT_INDENT}... ${Math.round((Date.now() - started) / 1000)} s`;
    const timer = this.#out.isTTY ? setInterval(() => this.#out.write(`\r${seconds()}`), TICK_MS) : undefined;
    try {
      return await work;
    } finally {
      clearInterval(timer);
      if (this.#out.isTTY) this.#out.write("\r\u001b[K");
    }
  }

  #line(text: string): void {
    this.#out.write(`${text}\n`);
  }

  #bold(text: string): string {
    return this.#paint("1", text);
  }

  #dim(text: string): string {
    return this.#paint("2", text);
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

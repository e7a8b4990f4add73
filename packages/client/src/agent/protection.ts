import type { Protection } from "@countermark/repository/verifying";

/** Names that the closing line spells out; the rest are counted. */
const MAX_NAMED = 10;

/** Which files an installer was given, and who stands behind them. */
export class ProtectionCount {
  readonly #files = new Set<string>();
  readonly #protected = new Set<string>();
  readonly #indexAlone = new Set<string>();

  add(project: string, filename: string, protection: Protection): void {
    this.#files.add(filename);
    if (protection === "claimed" || protection === "sealed") this.#protected.add(filename);
    else this.#indexAlone.add(project);
  }

  /** One line such as `27 of 29 files claimed or sealed; left to the index alone: a, b`; `undefined` without any file. */
  get line(): string | undefined {
    if (this.#files.size === 0) return undefined;
    const start = `${this.#protected.size} of ${this.#files.size} files claimed or sealed`;
    const names = [...this.#indexAlone].sort();
    if (names.length === 0) return start;
    const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
    return `${start}; left to the index alone: ${names.slice(0, MAX_NAMED).join(", ")}${more}`;
  }
}

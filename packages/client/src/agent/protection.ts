import type { Protection } from "@countermark/repository/verifying";

/** Names that one part of the closing line spells out; the rest are counted. */
const MAX_NAMED = 10;

/** Which files an installer was given, and who stands behind them. */
export class ProtectionCount {
  readonly #files = new Set<string>();
  readonly #protected = new Set<string>();
  readonly #recentlyClaimed = new Set<string>();
  readonly #indexAlone = new Set<string>();

  add(project: string, filename: string, protection: Protection): void {
    this.#files.add(filename);
    if (protection === "claimed" || protection === "sealed") this.#protected.add(filename);
    else if (protection === "recently-claimed") this.#recentlyClaimed.add(project);
    else this.#indexAlone.add(project);
  }

  /**
   * One line such as `27 of 29 files claimed or sealed; left to the index alone: a, b`; `undefined` without any file. Projects
   * claimed since the last ceremony have a part of their own: their developers signed, and that they did is the index's word.
   */
  get line(): string | undefined {
    if (this.#files.size === 0) return undefined;
    const counted = `${this.#protected.size} of ${this.#files.size} files claimed or sealed`;
    const recently = named("recently claimed, the claim itself on the index's word", this.#recentlyClaimed);
    return counted + recently + named("left to the index alone", this.#indexAlone);
  }
}

function named(what: string, projects: ReadonlySet<string>): string {
  if (projects.size === 0) return "";
  const more = projects.size > MAX_NAMED ? ` and ${projects.size - MAX_NAMED} more` : "";
  return `; ${what}: ${[...projects].sort().slice(0, MAX_NAMED).join(", ")}${more}`;
}

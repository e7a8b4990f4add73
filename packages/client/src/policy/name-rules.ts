import { normaliseName, parseName } from "@countermark/packaging/naming";

/** Most rules of one table. */
export const MAX_RULES = 10_000;

/**
 * What is said of projects by name: `flask` speaks of that project alone, `acme-*` of every project whose normalised name
 * begins with `acme-`. The name itself wins, then the longest prefix.
 */
export class NameRules<T> {
  readonly #names = new Map<string, T>();
  readonly #prefixes = new Map<string, T>();

  /**
   * Adds a rule. `pattern` is a project name in any spelling, or one followed by `-*`.
   * @throws TypeError when it is neither, when there is a rule for it already, or when there are too many
   */
  add(pattern: string, value: T): void {
    const isPrefix = pattern.endsWith("*");
    const rules = isPrefix ? this.#prefixes : this.#names;
    const key = isPrefix ? readPrefix(pattern) : readName(pattern);
    if (rules.has(key)) throw new TypeError(`${quote(pattern)} is there twice`);
    if (this.size >= MAX_RULES) throw new TypeError(`there are more than ${MAX_RULES} rules`);
    rules.set(key, value);
  }

  get size(): number {
    return this.#names.size + this.#prefixes.size;
  }

  /** What is said of a project, by its normalised name; as many steps as the name has hyphens. */
  of(project: string): T | undefined {
    const exact = this.#names.get(project);
    if (exact !== undefined) return exact;
    for (let end = project.lastIndexOf("-"); end > 0; end = project.lastIndexOf("-", end - 1)) {
      const found = this.#prefixes.get(project.slice(0, end + 1));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The rules as they are looked up, normalised: names, then prefixes with their star. */
  *[Symbol.iterator](): Generator<readonly [pattern: string, value: T]> {
    yield* this.#names;
    for (const [prefix, value] of this.#prefixes) yield [`${prefix}*`, value];
  }
}

/** `Acme_*` and `acme-*` are one prefix. It ends at a hyphen: else `acme*` would take in the names of strangers. */
function readPrefix(pattern: string): string {
  const prefix = normaliseName(pattern.slice(0, -1));
  if (!prefix.endsWith("-")) throw new TypeError(`${quote(pattern)} is not a prefix: write it as acme-*`);
  return `${readName(prefix.slice(0, -1))}-`;
}

function readName(text: string): string {
  try {
    return parseName(text);
  } catch (cause) {
    throw new TypeError(`${quote(text)} is not the name of a project`, { cause });
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 150));
}

/** JSON that can be wrong: names may repeat, and a number is whatever text stands for it. */
export type Node = null | boolean | number | string | Token | Node[] | Members;

/** Text that stands where a value belongs, such as `1.0` or `-0`. */
export class Token {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object as a list of members. */
export class Members {
  entries: [name: string, value: Node][];

  constructor(entries: readonly (readonly [string, Node])[] = []) {
    this.entries = entries.map(([name, value]) => [name, value]);
  }

  /** From an object literal; `undefined` members are left out. */
  static of(plain: Readonly<Record<string, Node | undefined>>): Members {
    const members = new Members();
    for (const [name, value] of Object.entries(plain)) if (value !== undefined) members.entries.push([name, value]);
    return members;
  }

  get(name: string): Node | undefined {
    return this.entries.findLast(([each]) => each === name)?.[1];
  }

  set(name: string, value: Node): void {
    const entry = this.entries.findLast(([each]) => each === name);
    if (entry === undefined) this.entries.push([name, value]);
    else entry[1] = value;
  }

  delete(name: string): void {
    this.entries = this.entries.filter(([each]) => each !== name);
  }
}

/** How a document is written down. */
export interface Style {
  /** The members of an object in their order. */
  readonly order: (entries: readonly (readonly [string, Node])[]) => readonly (readonly [string, Node])[];
  /** White space, asked for wherever it may stand. */
  readonly space: (depth: number) => string;
  /** A string with its quotes. */
  readonly string: (text: string) => string;
}

export const compact: Style = {
  order: (entries) => entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  space: () => "",
  string: (text) => JSON.stringify(text),
};

export function write(node: Node, style: Style = compact, depth = 0): string {
  if (node === null || typeof node === "boolean" || typeof node === "number") return String(node);
  if (typeof node === "string") return style.string(node);
  if (node instanceof Token) return node.text;
  const space = style.space(depth + 1);
  const end = style.space(depth);
  if (node instanceof Members) {
    const colon = `:${style.space(-1)}`;
    const members = style
      .order(node.entries)
      .map(([name, value]) => `${space}${style.string(name)}${colon}${write(value, style, depth + 1)}`);
    return members.length === 0 ? "{}" : `{${members.join(",")}${end}}`;
  }
  return node.length === 0 ? "[]" : `[${node.map((item) => space + write(item, style, depth + 1)).join(",")}${end}]`;
}

/** What signatures are over: OLPC canonical JSON. Of repeated names the last counts, as for every lenient reader. */
export function canonical(node: Node): string {
  if (node instanceof Members) {
    const last = [...new Map(node.entries)];
    return `{${compact
      .order(last)
      .map(([name, value]) => `${quoted(name)}:${canonical(value)}`)
      .join(",")}}`;
  }
  if (Array.isArray(node)) return `[${node.map(canonical).join(",")}]`;
  if (typeof node === "string") return quoted(node);
  return node instanceof Token ? canonicalToken(node.text) : String(node);
}

/** As a reader with doubles would sign it, where it is a number at all. */
function canonicalToken(text: string): string {
  const value = Number(text);
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : text;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Every place in a tree that holds a value, with the means to change it. */
export interface Place {
  readonly name: string;
  readonly value: Node;
  /** The object that it is a member of, if it is one. */
  readonly parent: Members | undefined;
  readonly replace: (value: Node) => void;
  readonly remove: () => void;
}

export function placesIn(node: Node): Place[] {
  if (node instanceof Members) {
    return node.entries.flatMap((entry) => {
      const [name, value] = entry;
      const replace = (next: Node): void => {
        entry[1] = next;
      };
      const remove = (): void => {
        node.entries = node.entries.filter((each) => each !== entry);
      };
      return [{ name, value, parent: node, replace, remove }, ...placesIn(value)];
    });
  }
  if (!Array.isArray(node)) return [];
  return node.flatMap((value, index) => {
    const replace = (next: Node): void => {
      node[index] = next;
    };
    const remove = (): void => {
      node.splice(index, 1);
    };
    return [{ name: `[${index}]`, value, parent: undefined, replace, remove }, ...placesIn(value)];
  });
}

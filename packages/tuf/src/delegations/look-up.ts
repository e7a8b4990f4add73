import { createHash } from "node:crypto";
import type { DelegatedRole, Delegations } from "../metadata/model.ts";
import { matchesPattern } from "./pattern.ts";
import { binNamed, binOf } from "./succinct.ts";

/** The delegated roles that are trusted with a target path, in the order of the file (TUF 4.5, 5.6.7). */
export function delegationsFor(delegations: Delegations, path: string): readonly DelegatedRole[] {
  const { succinct } = delegations;
  if (succinct !== undefined) return [binOf(succinct, pathHash(path))];
  let index = indexes.get(delegations);
  if (index === undefined) {
    index = new DelegationIndex([...delegations.roles.values()]);
    indexes.set(delegations, index);
  }
  return index.covering(path);
}

/** Who may sign the role of that name, `undefined` where it is not delegated to. */
export function delegationKeys(delegations: Delegations, name: string): DelegatedRole | undefined {
  const { succinct } = delegations;
  return succinct === undefined ? delegations.roles.get(name) : binNamed(succinct, name);
}

const indexes = new WeakMap<Delegations, DelegationIndex>();

/** One pattern and the place of its role in the file. */
interface Entry {
  readonly order: number;
  readonly pattern: string;
}

/**
 * Finds the patterns that may match a path without looking at the others. Every pattern is filed under what it begins
 * with: the folder where wildcards stand in the last segment only, else whatever comes before the first wildcard.
 */
class DelegationIndex {
  readonly #roles: readonly DelegatedRole[];
  readonly #byFolder = new Map<string, Entry[]>();
  readonly #byPrefix = new PrefixMap<Entry>();
  readonly #byHashPrefix = new PrefixMap<number>();

  constructor(roles: readonly DelegatedRole[]) {
    this.#roles = roles;
    for (const [order, { paths, pathHashPrefixes }] of roles.entries()) {
      for (const pattern of paths ?? []) this.#file({ order, pattern });
      for (const prefix of pathHashPrefixes ?? []) this.#byHashPrefix.add(prefix, order);
    }
  }

  covering(path: string): readonly DelegatedRole[] {
    const orders: number[] = [];
    for (const { order, pattern } of this.#candidates(path)) if (matchesPattern(pattern, path)) orders.push(order);
    if (!this.#byHashPrefix.isEmpty) orders.push(...this.#byHashPrefix.prefixesOf(pathHash(path)));
    if (orders.length > 1) orders.sort((a, b) => a - b);
    const found: DelegatedRole[] = [];
    for (const order of orders) {
      const role = this.#roles[order];
      if (role !== undefined && found.at(-1) !== role) found.push(role);
    }
    return found;
  }

  #file(entry: Entry): void {
    const wildcard = entry.pattern.search(/[*?]/);
    const folderEnd = entry.pattern.lastIndexOf("/") + 1;
    if (wildcard !== -1 && wildcard < folderEnd) {
      this.#byPrefix.add(entry.pattern.slice(0, wildcard), entry);
      return;
    }
    const folder = entry.pattern.slice(0, folderEnd);
    const entries = this.#byFolder.get(folder);
    if (entries === undefined) this.#byFolder.set(folder, [entry]);
    else entries.push(entry);
  }

  #candidates(path: string): readonly Entry[] {
    const inFolder = this.#byFolder.get(path.slice(0, path.lastIndexOf("/") + 1)) ?? [];
    return this.#byPrefix.isEmpty ? inFolder : [...inFolder, ...this.#byPrefix.prefixesOf(path)];
  }
}

/** Values filed under strings; finds those under any prefix of a text with one look-up per distinct length. */
class PrefixMap<T> {
  readonly #values = new Map<string, T[]>();
  readonly #lengths = new Set<number>();

  get isEmpty(): boolean {
    return this.#lengths.size === 0;
  }

  add(prefix: string, value: T): void {
    this.#lengths.add(prefix.length);
    const values = this.#values.get(prefix);
    if (values === undefined) this.#values.set(prefix, [value]);
    else values.push(value);
  }

  prefixesOf(text: string): T[] {
    const found: T[] = [];
    for (const length of this.#lengths) {
      if (length <= text.length) found.push(...(this.#values.get(text.slice(0, length)) ?? []));
    }
    return found;
  }
}

function pathHash(path: string): string {
  return createHash("sha256").update(path, "utf8").digest("hex");
}

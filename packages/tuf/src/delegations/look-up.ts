import { createHash } from "node:crypto";
import type { DelegatedRole, Delegations } from "../metadata/model.ts";
import { firstWildcard, matchesPattern } from "./pattern.ts";
import { binNamed, binOf } from "./succinct.ts";

/** The delegated roles that are trusted with a target path, in the order of the file (TUF 4.5, 5.6.7). */
export function delegationsFor(delegations: Delegations, path: string): readonly DelegatedRole[] {
  const { succinct } = delegations;
  if (succinct !== undefined) return [binOf(succinct, pathHash(path))];
  let index: Coverage | undefined = indexes.get(delegations);
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

/** Finds the roles that are trusted with a path, in the order of the file. */
export interface Coverage {
  covering(path: string): readonly DelegatedRole[];
}

const indexes = new WeakMap<Delegations, Coverage>();

/** Has look-ups in delegations answered without an index of all their patterns. */
export function setCoverage(delegations: Delegations, coverage: Coverage): void {
  indexes.set(delegations, coverage);
}

/**
 * Finds the patterns that may match a path without looking at the others. Every pattern is filed under what it begins
 * with: the folder where wildcards stand in the last segment only, else whatever comes before the first wildcard.
 */
class DelegationIndex implements Coverage {
  readonly #roles: readonly DelegatedRole[];
  /** By folder, the places of roles that are trusted with all files in it: `<folder>/*`, as most patterns are. */
  readonly #wholeFolders = new Places();
  /** All other patterns of all roles, and the place of the role that each is of. */
  readonly #patterns: string[] = [];
  readonly #orders: number[] = [];
  readonly #byFolder = new Places();
  readonly #byPrefix = new PrefixMap();
  readonly #byHashPrefix = new PrefixMap();

  constructor(roles: readonly DelegatedRole[]) {
    this.#roles = roles;
    for (const [order, { paths, pathHashPrefixes }] of roles.entries()) {
      for (const pattern of paths ?? []) this.#file(pattern, order);
      for (const prefix of pathHashPrefixes ?? []) this.#byHashPrefix.add(prefix, order);
    }
  }

  covering(path: string): readonly DelegatedRole[] {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const whole = this.#wholeFolders.under(folder);
    const orders = this.#patterns.length === 0 ? whole : [...whole, ...this.#matching(path, folder)];
    return this.#inOrder(
      this.#byHashPrefix.isEmpty ? orders : [...orders, ...this.#byHashPrefix.under(pathHash(path))],
    );
  }

  /** Each role once, in the order of the file. */
  #inOrder(orders: readonly number[]): readonly DelegatedRole[] {
    const found: DelegatedRole[] = [];
    for (const order of orders.length > 1 ? orders.toSorted((a, b) => a - b) : orders) {
      const role = this.#roles[order];
      if (role !== undefined && found.at(-1) !== role) found.push(role);
    }
    return found;
  }

  #file(pattern: string, order: number): void {
    const folder = pattern.slice(0, pattern.lastIndexOf("/") + 1);
    const wildcard = firstWildcard(pattern);
    if (wildcard === folder.length && pattern === `${folder}*`) {
      this.#wholeFolders.add(folder, order);
      return;
    }
    const entry = this.#patterns.push(pattern) - 1;
    this.#orders.push(order);
    if (wildcard !== -1 && wildcard < folder.length) this.#byPrefix.add(pattern.slice(0, wildcard), entry);
    else this.#byFolder.add(folder, entry);
  }

  #matching(path: string, folder: string): number[] {
    const orders: number[] = [];
    for (const entry of [...this.#byFolder.under(folder), ...this.#byPrefix.under(path)]) {
      if (matchesPattern(this.#patterns[entry] ?? "", path)) orders.push(this.#orders[entry] ?? 0);
    }
    return orders;
  }
}

/** Numbers filed under strings: mostly one under each, for which no list is made. */
class Places {
  readonly #numbers = new Map<string, number | number[]>();

  add(name: string, number: number): void {
    const present = this.#numbers.get(name);
    if (present === undefined) this.#numbers.set(name, number);
    else if (typeof present === "number") this.#numbers.set(name, [present, number]);
    else present.push(number);
  }

  under(name: string): readonly number[] {
    const present = this.#numbers.get(name);
    if (present === undefined) return [];
    return typeof present === "number" ? [present] : present;
  }
}

/** Numbers filed under strings; `under` finds those under any prefix of a text, with one look-up per distinct length. */
class PrefixMap {
  readonly #places = new Places();
  readonly #lengths = new Set<number>();

  get isEmpty(): boolean {
    return this.#lengths.size === 0;
  }

  add(prefix: string, number: number): void {
    this.#lengths.add(prefix.length);
    this.#places.add(prefix, number);
  }

  under(text: string): number[] {
    const found: number[] = [];
    for (const length of this.#lengths) {
      if (length <= text.length) found.push(...this.#places.under(text.slice(0, length)));
    }
    return found;
  }
}

function pathHash(path: string): string {
  return createHash("sha256").update(path, "utf8").digest("hex");
}

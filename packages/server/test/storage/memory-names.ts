import { confusableForm } from "@countermark/packaging";
import { judgeName, looksOf, lookOf } from "../../src/names/judge.ts";
import type { Beginner, NameBar, NameRule, NameStore } from "../../src/names/name-store.ts";

/** The name store in memory, to the letter of its contract. */
export class MemoryNameStore implements NameStore {
  readonly #rules = new Map<string, NameRule>();
  readonly #accounts: ReadonlySet<string>;
  readonly #projects: Set<string>;

  /** Beside accounts, and projects that have files or members. */
  constructor(accounts: readonly string[], projects: readonly string[]) {
    this.#accounts = new Set(accounts);
    this.#projects = new Set(projects);
  }

  put(rule: NameRule): Promise<"put" | "no-account"> {
    if (rule.accounts.some((account) => !this.#accounts.has(account))) return Promise.resolve("no-account");
    const key = `${rule.name} ${rule.kind}`;
    const accounts = new Set([...(this.#rules.get(key)?.accounts ?? []), ...rule.accounts]);
    this.#rules.set(key, { ...rule, accounts: [...accounts].sort() });
    return Promise.resolve("put");
  }

  remove(kind: NameRule["kind"], name: string): Promise<boolean> {
    return Promise.resolve(this.#rules.delete(`${name} ${kind}`));
  }

  rules(): Promise<readonly NameRule[]> {
    const byKey = [...this.#rules].sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(byKey.map(([, rule]) => rule));
  }

  barOf(project: string, by: Beginner): Promise<NameBar | undefined> {
    return Promise.resolve(this.#bar(project, by));
  }

  begin(project: string, _shard: string, by: Beginner): Promise<NameBar | undefined> {
    const bar = this.#bar(project, by);
    if (bar === undefined) this.#projects.add(project);
    return Promise.resolve(bar);
  }

  #bar(project: string, by: Beginner): NameBar | undefined {
    if (this.#projects.has(project)) return undefined;
    const { heads, whole } = looksOf(project);
    const isAbout = ({ name }: NameRule): boolean => heads.includes(lookOf(name).look) || lookOf(name).whole === whole;
    const twin = [...this.#projects].find((other) => confusableForm(other) === confusableForm(project));
    return judgeName(project, by, [...this.#rules.values()].filter(isAbout), twin);
  }
}

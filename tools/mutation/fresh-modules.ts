import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { applied, type Mutant } from "./mutants.ts";

/**
 * Every mutant gets the package's modules and tests anew, in one warm process: each generation has addresses of its own
 * (`reader.ts?generation=7`), so no state of a module lasts from one mutant to the next.
 */
export class FreshModules {
  readonly #base: string;
  readonly #collector = new URL("collected-tests.ts", import.meta.url).href;
  readonly #sources = new Map<string, string>();
  #generation = 0;
  #mutant: { readonly path: string; readonly source: string } | undefined;

  /** Of the package in this folder, for every import from now on. */
  constructor(folder: string) {
    this.#base = pathToFileURL(`${folder}/`).href;
    registerHooks({
      resolve: (specifier, context, next) => {
        const ours = context.parentURL?.startsWith(this.#base) === true;
        if (ours && specifier === "node:test") return { url: this.#collector, shortCircuit: true };
        const resolved = next(specifier, context);
        if (!this.#isOurs(resolved.url)) return resolved;
        return { ...resolved, url: `${resolved.url.split("?", 1)[0]}?generation=${this.#generation}` };
      },
      load: (url, context, next) => {
        if (!this.#isOurs(url)) return next(url, context);
        return { format: "module", source: this.#source(fileURLToPath(url)), shortCircuit: true };
      },
    });
  }

  /** From now on the modules are loaded anew, with the mutant in place. Throws where it is no program. */
  begin(mutant: Mutant | undefined): void {
    this.#generation += 1;
    this.#mutant = undefined;
    if (mutant === undefined) return;
    const path = fileURLToPath(new URL(mutant.file, this.#base));
    this.#mutant = { path, source: stripTypeScriptTypes(applied(mutant, readFileSync(path, "utf8"))) };
  }

  /** Loads a module of the package by its path within it. */
  async load(file: string): Promise<void> {
    await import(`${new URL(file, this.#base).href}?generation=${this.#generation}`);
  }

  /** The path within the package of a module that this process has loaded; `undefined` for others. */
  fileOf(url: string): string | undefined {
    return this.#isOurs(url) ? url.slice(this.#base.length).split("?", 1)[0] : undefined;
  }

  #isOurs(url: string): boolean {
    return url.startsWith(this.#base) && url.split("?", 1)[0]?.endsWith(".ts") === true;
  }

  #source(path: string): string {
    if (this.#mutant?.path === path) return this.#mutant.source;
    let source = this.#sources.get(path);
    if (source === undefined) {
      source = stripTypeScriptTypes(readFileSync(path, "utf8"));
      this.#sources.set(path, source);
    }
    return source;
  }
}

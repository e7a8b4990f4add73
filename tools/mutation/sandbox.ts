import { createHash } from "node:crypto";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../python/places.ts";

/** A copy of a package in which mutants are tried, so that nobody who edits the checkout meanwhile changes what is tried. */
export class Sandbox {
  readonly #root = mkdtempSync(join(tmpdir(), "countermark-mutation-"));
  readonly folder: string;

  constructor(packageName: string) {
    this.folder = join(this.#root, "packages", packageName);
    mkdirSync(this.folder, { recursive: true });
    const original = join(checkout, "packages", packageName);
    cpSync(original, this.folder, { recursive: true, filter: (path) => !/\/(dist|node_modules)$/.test(path) });
    symlinkSync(join(checkout, "node_modules"), join(this.#root, "node_modules"));
  }

  /** Of all that a result depends on in this package: its sources, tests and examples. */
  digest(): string {
    const hash = createHash("sha256");
    for (const file of globSync("**/*.{ts,json,md}", { cwd: this.folder }).sort()) {
      hash.update(`${file}\0`).update(
        createHash("sha256")
          .update(readFileSync(join(this.folder, file)))
          .digest(),
      );
    }
    return hash.digest("hex");
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../python/places.ts";
import { applied, type Mutant } from "./mutants.ts";

/** A mutant that makes tests run for ever is noticed by this, or by so many times what all tests take without one. */
const LEAST_TIMEOUT_MS = 180_000;
const TIMEOUT_FACTOR = 10;

/** Ends a run at its first failure. */
const STOP_AT_FAILURE = `export default async function* (events) {
  for await (const { type } of events) if (type === "test:fail") process.exit(1);
  yield "";
}`;

/** A copy of a package in which mutants are tried, so that nobody else meets them. */
export class Sandbox {
  readonly #root = mkdtempSync(join(tmpdir(), "countermark-mutation-"));
  readonly folder: string;
  #timeoutMs = 0;

  constructor(packageName: string) {
    this.folder = join(this.#root, "packages", packageName);
    mkdirSync(this.folder, { recursive: true });
    const original = join(checkout, "packages", packageName);
    cpSync(original, this.folder, { recursive: true, filter: (path) => !/\/(dist|node_modules)$/.test(path) });
    symlinkSync(join(checkout, "node_modules"), join(this.#root, "node_modules"));
    writeFileSync(join(this.#root, "stop.mjs"), STOP_AT_FAILURE);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Runs all tests once, to see that they pass without a mutant and how long that takes on this machine today. */
  async measure(glob: string): Promise<void> {
    const start = performance.now();
    if (!(await this.passes(glob))) throw new Error("the tests fail without any mutant");
    this.#timeoutMs = Math.max(LEAST_TIMEOUT_MS, TIMEOUT_FACTOR * (performance.now() - start));
  }

  /** Whether any test of the given globs fails while the mutant is in place. The tests that are nearest come first. */
  async notices(mutant: Mutant, ...globs: readonly string[]): Promise<boolean> {
    const file = join(this.folder, mutant.file);
    const source = readFileSync(file, "utf8");
    writeFileSync(file, applied(mutant, source));
    try {
      for (const glob of globs) if (!(await this.passes(glob))) return true;
      return false;
    } finally {
      writeFileSync(file, source);
    }
  }

  async passes(glob: string): Promise<boolean> {
    const files = globSync(glob, { cwd: this.folder });
    if (files.length === 0) return true;
    const reporter = `--test-reporter=${join(this.#root, "stop.mjs")}`;
    const child = spawn(process.execPath, ["--test", "--test-isolation=none", reporter, ...files], {
      cwd: this.folder,
      env: { PATH: process.env["PATH"] ?? "", NODE_OPTIONS: "--conditions=countermark-source" },
      stdio: "ignore",
      timeout: this.#timeoutMs,
      killSignal: "SIGKILL",
    });
    const [code] = (await once(child, "close")) as [number | null];
    return code === 0;
  }
}

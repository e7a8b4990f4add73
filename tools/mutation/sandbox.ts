import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../python/places.ts";
import { applied, type Mutant } from "./mutants.ts";

/**
 * A mutant that makes tests run for ever is noticed by what it computes, not by the time that goes by: else a slow run on a
 * busy machine would pass for a noticed mutant. So many seconds, or so many times what all tests compute without one.
 */
const LEAST_CPU_SECONDS = 20;
const CPU_FACTOR = 5;
/** Longest that a run may wait without computing; a mutant that is noticed by this alone is named. */
const WAIT_MS = 900_000;

/** Ends a run at its first failure, and says what a whole one computed, in microseconds. */
const STOP_AT_FAILURE = `import { writeFileSync } from "node:fs";
export default async function* (events) {
  for await (const { type } of events) if (type === "test:fail") process.exit(1);
  const { user, system } = process.cpuUsage();
  writeFileSync(new URL("computed", import.meta.url), String(user + system));
  yield "";
}`;

/** How a run of the tests ended. */
type Outcome = "passed" | "failed" | "computed too much" | "waited too long";

/** A copy of a package in which mutants are tried, so that nobody else meets them. */
export class Sandbox {
  readonly #root = mkdtempSync(join(tmpdir(), "countermark-mutation-"));
  readonly folder: string;
  #cpuSeconds = LEAST_CPU_SECONDS * CPU_FACTOR;
  /** Mutants that were noticed because a run computed or waited for too long. */
  readonly endless: { readonly mutant: Mutant; readonly outcome: Outcome }[] = [];

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

  /** Runs all tests once, to see that they pass without a mutant and how much that computes. */
  async measure(glob: string): Promise<void> {
    if ((await this.#run(glob)) !== "passed") throw new Error("the tests fail without any mutant");
    const seconds = Number(readFileSync(join(this.#root, "computed"), "utf8")) / 1e6;
    this.#cpuSeconds = Math.ceil(Math.max(LEAST_CPU_SECONDS, CPU_FACTOR * seconds));
  }

  /** Whether any test of the given globs fails while the mutant is in place. The tests that are nearest come first. */
  async notices(mutant: Mutant, ...globs: readonly string[]): Promise<boolean> {
    const file = join(this.folder, mutant.file);
    const source = readFileSync(file, "utf8");
    writeFileSync(file, applied(mutant, source));
    try {
      for (const glob of globs) {
        const outcome = await this.#run(glob);
        if (outcome === "passed") continue;
        if (outcome !== "failed") this.endless.push({ mutant, outcome });
        return true;
      }
      return false;
    } finally {
      writeFileSync(file, source);
    }
  }

  async #run(glob: string): Promise<Outcome> {
    const files = globSync(glob, { cwd: this.folder });
    if (files.length === 0) return "passed";
    const reporter = `--test-reporter=${join(this.#root, "stop.mjs")}`;
    const limited = ["-c", `ulimit -t ${this.#cpuSeconds}; exec "$@"`, "sh", process.execPath];
    const child = spawn("/bin/sh", [...limited, "--test", "--test-isolation=none", reporter, ...files], {
      cwd: this.folder,
      env: { PATH: process.env["PATH"] ?? "", NODE_OPTIONS: "--conditions=countermark-source" },
      stdio: "ignore",
      timeout: WAIT_MS,
      killSignal: "SIGTERM",
    });
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    if (code === 0) return "passed";
    // What the system ends for computing too much gets SIGKILL or SIGXCPU; an engine without memory aborts.
    if (signal === "SIGKILL" || signal === "SIGXCPU") return "computed too much";
    return signal === "SIGTERM" ? "waited too long" : "failed";
  }
}

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cache } from "../python/places.ts";
import { isStamped, stampOf, writeStamp } from "../python/stamp.ts";

const run = promisify(execFile);

/** The programs below this folder, by the name of theirs. */
export type GoProgram = "measure" | "judge";

/** Longest that fetching and building may take, the first time on a slow machine. */
const BUILD_TIMEOUT_MS = 10 * 60 * 1000;

/** Go is not there, is too old or could not fetch: go-tuf cannot take part, and the message says why. */
export class GoMissing extends Error {
  override readonly name = "GoMissing";
}

/**
 * Builds a program with the machine's Go, once, and returns its path. Modules come from Go's own proxy, checked against
 * go.sum. Throws {@link GoMissing}.
 */
export async function goProgram(name: GoProgram, tell: (line: string) => void): Promise<string> {
  const version = await goVersion();
  const folder = join(cache, "go", "programs", name);
  const program = join(folder, name);
  const stamp = stampOf(version, ...sources(name));
  if (isStamped(folder, stamp)) return program;
  tell(`building ${name} with ${version} in .cache (once)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await go("build", "-trimpath", "-o", program, `./${name}`);
  writeStamp(folder, stamp);
  return program;
}

/** The version of a module that go.mod pins. */
export function pinnedVersion(module: string): string {
  const line = readSource("go.mod")
    .split("\n")
    .map((text) =>
      text
        .replace(/^require\s+/, "")
        .trim()
        .split(/\s+/),
    )
    .find(([path]) => path === module);
  return line?.[1] ?? "unknown";
}

async function goVersion(): Promise<string> {
  const { stdout } = await run("go", ["env", "GOVERSION"], { env: goEnvironment() }).catch((cause: unknown) => {
    throw new GoMissing("Go is not installed", { cause });
  });
  return stdout.trim();
}

async function go(...args: readonly string[]): Promise<void> {
  await run("go", args, { cwd: import.meta.dirname, env: goEnvironment(), timeout: BUILD_TIMEOUT_MS }).catch(
    (cause: unknown) => {
      const output = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
      throw new GoMissing(`Go could not build it: ${output.split("\n").at(-1) ?? ""}`, { cause });
    },
  );
}

/** The user's own, with the caches in the checkout, no other toolchain and no C compiler. */
function goEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CGO_ENABLED: "0",
    GOCACHE: join(cache, "go", "build"),
    GOFLAGS: "-modcacherw -mod=readonly",
    GOMODCACHE: join(cache, "go", "modules"),
    GOTOOLCHAIN: "local",
    GOWORK: "off",
  };
}

function sources(name: GoProgram): string[] {
  const own = readdirSync(join(import.meta.dirname, name)).filter((file) => file.endsWith(".go"));
  return ["go.mod", "go.sum", ...own.sort().map((file) => join(name, file))].map(readSource);
}

function readSource(file: string): string {
  return readFileSync(join(import.meta.dirname, file), "utf8");
}

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

const COMMAND_TIMEOUT_MS = 60_000;

/** A new folder, removed when the test ends. Short: the path of a socket has at most 107 bytes. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "cm-id-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs a command to its end and returns its standard output; throws where it fails. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ""): string {
  return execFileSync(command, args, {
    encoding: "utf8",
    input,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: COMMAND_TIMEOUT_MS,
  });
}

/** Why a test cannot run here, or `false`: for the option `skip`. */
export function missing(...commands: readonly string[]): string | false {
  const absent = commands.filter(
    (command) => spawnSync(command, ["--version"], { timeout: 10_000 }).error !== undefined,
  );
  return absent.length > 0 && `not installed: ${absent.join(", ")}`;
}

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countermark } from "./commands.ts";
import type { Ending } from "./processes.ts";
import type { Options, Sandbox, Settings } from "./sandbox.ts";

/** A developer with a machine of their own: an empty home, an account's name, and a phrase in their head. */
export interface Developer {
  readonly account: string;
  readonly phrase: string;
  /** The settings that make this home of a sandbox theirs. */
  readonly home: Settings;
}

let secrets = 0;

/**
 * Runs one of our commands with a secret on descriptor 3 (`--passphrase-fd 3`), as a script does: neither an argument nor
 * the environment ever holds it.
 */
export async function withSecret(
  sandbox: Sandbox,
  secret: string,
  args: readonly string[],
  options: Options = {},
): Promise<Ending> {
  return await withSecrets(sandbox, [secret], [countermark, ...args], options);
}

/** The same for any program, with a secret on each descriptor from 3 on. */
export async function withSecrets(
  sandbox: Sandbox,
  kept: readonly string[],
  command: readonly string[],
  options: Options = {},
): Promise<Ending> {
  const folder = join(sandbox.folder, "secrets");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = kept.map((secret) => {
    secrets += 1;
    const file = join(folder, String(secrets));
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    return file;
  });
  const redirected = files.map((_, at) => `${at + 3}<"$${at + 1}"`).join(" ");
  const script = `exec ${redirected}; shift ${files.length}; exec "$@"`;
  return await sandbox.run("/bin/sh", ["-c", script, "sh", ...files, ...command], options);
}

/** Makes an account at a trusted index for a developer, with their phrase on a descriptor. */
export async function makeAccount(sandbox: Sandbox, url: string, developer: Developer): Promise<void> {
  const args = ["login", url, "--account", developer.account, "--passphrase-fd", "3"];
  const ending = await withSecret(sandbox, developer.phrase, args, { settings: developer.home });
  assert.equal(ending.code, 0, ending.output);
}

import type { Command } from "commander";
import type { Finish } from "../finish.ts";

const LOCK_HELP = `
Examples:
  countermark lock verify uv.lock
  countermark lock verify --json requirements.txt

Each hash is compared with signed metadata; no file is downloaded. Of each project it says: verified; local (its own code
beside the lock file); not in the index; other hash; from elsewhere (a direct URL, git); without hash; refused (with the
code); and with --offline, not known: no earlier run has asked for it. The exit code is 0 only when all are verified or local.
`;

/** `lock verify`: a lock file against signed metadata. */
export function addLock(program: Command, finish: Finish): void {
  const lock = program.command("lock").description("compare lock files with what was signed");
  lock
    .command("verify")
    .description("check every hash of uv.lock, pylock.toml, poetry.lock, pdm.lock or requirements.txt")
    .argument("<file>", "the lock file")
    .option("--index <url>", "which of the trusted indexes")
    .option("--offline", "ask no index: go by what was verified and fetched before, and say what that cannot tell")
    .option("--json", "print it as JSON")
    .addHelpText("after", LOCK_HELP)
    .action(async (file: string, options: { index?: string; json?: boolean; offline?: boolean }) => {
      const { verifyLock } = await import("../../lock.ts");
      finish(await verifyLock(file, options));
    });
}

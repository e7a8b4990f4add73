import type { Command } from "commander";
import type { Finish } from "../finish.ts";

/** `trust`: the one decision that everything else rests on. */
export function addTrust(program: Command, finish: Finish): void {
  program
    .command("trust")
    .description("trust an index by the fingerprint of its first root")
    .argument("<url>", "the index, with or without /simple/")
    .option("--root <fingerprint>", "SHA-256 of its first root, from somewhere other than the index")
    .option("--floor <line>", "what somebody saw of it (countermark floor): nothing older is accepted")
    .option("--forget", "trust it no longer, and forget all that was known of it")
    .action(async (url: string, options: { root?: string; floor?: string; forget?: boolean }, command: Command) => {
      const { forget, trust } = await import("../../trust.ts");
      const { root, floor } = options;
      if (options.forget === true) finish(forget(url));
      else if (root !== undefined) finish(await trust(url, { root, ...(floor !== undefined && { floor }) }));
      else command.error("error: option '--root <fingerprint>' is needed");
    });
}

import type { Command } from "commander";
import type { Finish } from "../finish.ts";
import { readNumber } from "../publish/signing-options.ts";

const HELP = `
A private index is read with a token, which its operator makes. It is taken from a descriptor, or asked for at the terminal;
it is kept in the config folder and sent to that index alone, never to the commands that you run.

Examples:
  countermark trust https://index.example.org/ --root 6f2a…
  countermark trust https://index.example.org/ --root 6f2a… --token-fd 3 3< /run/secrets/index-token
  countermark trust https://index.example.org/ --forget`;

interface Options {
  readonly root?: string;
  readonly floor?: string;
  readonly tokenFd?: number;
  readonly forget?: boolean;
}

/** `trust`: the one decision that everything else rests on. */
export function addTrust(program: Command, finish: Finish): void {
  program
    .command("trust")
    .description("trust an index by the fingerprint of its first root")
    .argument("<url>", "the index, with or without /simple/")
    .option("--root <fingerprint>", "SHA-256 of its first root, from somewhere other than the index")
    .option("--floor <line>", "what somebody saw of it (countermark floor): nothing older is accepted")
    .option("--token-fd <number>", "read the token of a private index from this open file descriptor", readNumber)
    .option("--forget", "trust it no longer, and forget all that was known of it, its read token too")
    .addHelpText("after", HELP)
    .action(async (url: string, { forget: gone, root, ...rest }: Options, command: Command) => {
      const { forget, trust } = await import("../../trust.ts");
      if (gone === true) finish(forget(url));
      else if (root !== undefined) finish(await trust(url, { root, ...rest }));
      else command.error("error: option '--root <fingerprint>' is needed");
    });
}

import type { Command } from "commander";
import type { LoginCommandOptions } from "../../publish/login.ts";
import type { Finish } from "../finish.ts";
import { addSigningOptions, readNumber } from "./signing-options.ts";

const LOGIN_HELP = `
Examples:
  countermark login https://index.example.org/ --account alice           make an account, or show that it is yours
  countermark login https://index.example.org/ --account alice --device  let this machine in, with a key of its own
  countermark login https://index.example.org/ --account alice --key ~/.ssh/id_ed25519

A new account gets a passphrase of seven generated words. It is never sent: keys are derived from it on this machine, and
the index knows their public halves. On any other machine the same words are the same keys. No password is ever asked for.
`;

/** `login`: an account without a password. */
export function addLogin(program: Command, finish: Finish): void {
  const command = program
    .command("login")
    .description("make an account at an index, or show that it is yours")
    .argument("<url>", "the index");
  addSigningOptions(command)
    .option("--root <fingerprint>", "trust the index first, by the fingerprint of its first root")
    .option(
      "--token-fd <number>",
      "with --root: read the token of a private index from this open descriptor",
      readNumber,
    )
    .option("--invitation <code>", "what the operator handed out, where they let in by invitation only")
    .option("--device", "make a key for this machine, in a sealed file, and let it into the account")
    .option("--keychain", "with --device: keep what opens the file in the system's keychain")
    .option("--device-passphrase-fd <number>", "with --device: read the file's passphrase from here", readNumber)
    .addHelpText("after", LOGIN_HELP)
    .action(async (url: string, options: LoginCommandOptions) => {
      const { login } = await import("../../publish/login.ts");
      finish(await login(url, options));
    });
}

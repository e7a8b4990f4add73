import { InvalidArgumentError, type Command } from "commander";

/** The options of all commands that sign: whose keys, where they are, and where what opens them is read. */
export function addSigningOptions(command: Command): Command {
  return command
    .option("--index <url>", "which of the trusted indexes")
    .option("--account <name>", "which account; the one used last by default")
    .option(
      "--passphrase-fd <number>",
      "read the passphrase from this open file descriptor, not at the terminal",
      readNumber,
    )
    .option("--own-passphrase", "the passphrase is one of your own, not generated words")
    .option("--key <file>", "sign with a private key file: Ed25519, ECDSA P-256, RSA from 3072 bits; PEM or OpenSSH")
    .option("--ssh-agent [key]", "sign with a key in the ssh-agent: Ed25519 or P-256, a PIV token's too")
    .option("--ci-key-fd <number>", "sign with a CI key from this open file descriptor", readNumber)
    .option("--ci-key <file>", "sign with a CI key in a file")
    .option("--yes", "agree beforehand, for scripts whose keys need no passphrase");
}

/** A whole number. */
export function readNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a number is needed.");
}

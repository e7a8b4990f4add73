import { InvalidArgumentError, type Command } from "commander";
import { dataOption } from "./options.ts";

/** The options of `fsck`, read. */
export interface FsckCommandOptions {
  readonly data: string;
  readonly root?: string;
  readonly quick?: true;
  readonly repair?: true;
  readonly json?: true;
}

const HELP = `
Nothing in the database is believed: what the index has signed is verified from the first root down, as an installer
does it; every file is read and hashed; then the database is held against both. Give the fingerprint that you have
published, as --root: the database could hold a whole other index.

Works while 'serve' runs, and on a backup as well as on a data folder. Exit code 0: no difference; 1: there are some.
--repair puts right what can be derived from what is signed: rows and records. Lost files come back by 'import', lost
roles from a backup or a mirror ('restore').

Examples:
  countermark-server fsck --data /srv/index --root 5f2c…
  countermark-server fsck --data /mnt/backup/index --json`;

/** `fsck`: whether the index holds what it has signed. */
export function addFsckCommand(program: Command): void {
  program
    .command("fsck")
    .summary("hold the index against what it has signed")
    .description("Derives the index again from signed metadata and files, and reports every difference.")
    .addOption(dataOption())
    .option("--root <sha256>", "the fingerprint of the index, from where it is published", parseFingerprint)
    .option("--quick", "measure files, do not read them")
    .option("--repair", "put right what follows from what is signed")
    .option("--json", "print each finding, and the summary, as one JSON object")
    .addHelpText("after", HELP)
    .action(async (options: FsckCommandOptions) => {
      const { runFsck } = await import("./run-fsck.ts");
      await runFsck(options);
    });
}

function parseFingerprint(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError("64 lower-case hex digits, as 'init' printed them");
  return text;
}

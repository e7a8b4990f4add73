import type { Command } from "commander";
import { dataOption } from "./options.ts";

/** The options of `restore`, read. */
export interface RestoreCommandOptions {
  readonly data: string;
  readonly published?: readonly string[];
  readonly unseen?: true;
  readonly json?: true;
}

const HELP = `
Installers refuse an index that goes back. So the restored one signs everything anew with versions above all that they can
have seen, and lists every role that was ever listed. For that it must know what was last published: name whoever may
have it, several if you can. What they have beyond the backup (roles of developers and ceremonies, files) is taken over
once it verifies; what nobody has is named as lost.

SOURCE is the URL of the old index or of a mirror, or a folder with a timestamp.json and snapshot that somebody has kept,
such as a TUF client's. --unseen says that there is nobody: then whoever has seen a developer's role that the backup lacks
will refuse the index.

Tokens and accounts are those of the backup: one that was revoked since is valid again.

Example:
  countermark-server restore --data /srv/index /mnt/backup/index --published https://mirror.example.org/`;

/** `restore`: an index from its backup, on an empty machine. */
export function addRestoreCommand(program: Command): void {
  program
    .command("restore <folder>")
    .summary("make an index from its backup")
    .description("Makes a data folder from a backup, so that nobody who knew the index sees it go back.")
    .addOption(dataOption())
    .option("--published <source...>", "who may have what was published after the backup: URLs, folders")
    .option("--unseen", "nobody has it: go by the clock alone")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (folder: string, options: RestoreCommandOptions) => {
      const { runRestore } = await import("./run-restore.ts");
      await runRestore(folder, options);
    });
}

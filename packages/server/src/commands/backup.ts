import type { Command } from "commander";
import { dataOption } from "./options.ts";

/** The options of `backup`, read. */
export interface BackupOptions {
  readonly data: string;
  readonly link?: true;
  readonly verify?: true;
  readonly json?: true;
}

const HELP = `
Works while 'serve' runs: the copy is the index at one moment. Run it again for the same folder and only what is new is
copied, each file compared with its hash. Killed at any moment, the backup of last time stands.

The online keys are in it: whoever has the backup can sign as this index. Keep it as you keep the data folder, on
another machine. The offline keys are not in it.

Examples:
  countermark-server backup --data /srv/index /mnt/backup/index
  countermark-server restore --data /srv/index /mnt/backup/index --published https://index.example.org/`;

/** `backup`: a copy of everything, while the index runs. */
export function addBackupCommand(program: Command): void {
  program
    .command("backup <folder>")
    .summary("copy everything while the index runs")
    .description("Copies database, files and online keys into a folder, consistently, while the index runs.")
    .addOption(dataOption())
    .option("--link", "hard links instead of copies of files, where both folders are on one file system")
    .option("--verify", "hash what the backup has already, too")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (folder: string, options: BackupOptions) => {
      const { runBackup } = await import("./run-backup.ts");
      await runBackup(folder, options);
    });
}

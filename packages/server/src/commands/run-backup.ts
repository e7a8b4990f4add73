import { backUp } from "../backup/backup.ts";
import { ServerError } from "../errors.ts";
import type { BackupOptions } from "./backup.ts";
import { count } from "./words.ts";

/** Backs up, and tells what was done. Something that is lacking makes the exit code 1; the rest is in the backup. */
export async function runBackup(folder: string, { data, link, verify, json }: BackupOptions): Promise<void> {
  const made = await backUp(data, folder, { link: link === true, verify: verify === true });
  if (json === true) process.stdout.write(`${JSON.stringify(made)}\n`);
  else {
    const done = `copied ${count(made.copied, "file")} (${(made.bytes / 1e6).toFixed(1)} MB), had ${made.kept} already`;
    process.stdout.write(`${done}\nbacked up as of timestamp ${made.timestamp} into ${folder}\n`);
  }
  const lacking = [...new Set([...made.damaged, ...made.missing])];
  if (lacking.length === 0) return;
  throw new ServerError(
    "BACKUP",
    `${count(lacking.length, "file")} of the index ${lacking.length === 1 ? "is" : "are"} damaged or lost, ${lacking[0] ?? ""} first`,
    {
      hint: "everything else is in the backup; 'countermark-server fsck' lists them, 'import' brings them back",
    },
  );
}

import { restore, type Restored } from "../backup/restore.ts";
import { sourceOf } from "../backup/sources.ts";
import { systemClock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import type { RestoreCommandOptions } from "./restore.ts";
import { count } from "./words.ts";

/** Restores, and tells what came back and what is lost. The exit code is 1 where anything is. */
export async function runRestore(folder: string, options: RestoreCommandOptions): Promise<void> {
  const sources = (options.published ?? []).map(sourceOf);
  const unseen = options.unseen === true;
  const restored = await restore(folder, options.data, { sources, unseen, clock: systemClock });
  if (options.json === true) process.stdout.write(`${JSON.stringify(restored)}\n`);
  else process.stdout.write(describe(restored, options.data));
  const bad = restored.lost.length + restored.findings.length;
  if (bad === 0) return;
  throw new ServerError("BACKUP", `${count(bad, "thing")} did not come back`, {
    hint: "the index can be served; docs/operate/restore.md says what to do about each",
  });
}

function describe(restored: Restored, data: string): string {
  const lines = [`restored ${restored.repositoryId} into ${data}, at timestamp ${restored.timestamp}`];
  if (restored.fetched.length > 0)
    lines.push(`took over ${count(restored.fetched.length, "role")} made after the backup`);
  if (restored.rows > 0) lines.push(`derived ${count(restored.rows, "row")} from them`);
  if (restored.files > 0) lines.push(`fetched ${count(restored.files, "file")}`);
  for (const name of restored.old) lines.push(`old: ${name} says what it said at the backup; what came later is gone`);
  for (const name of restored.lost) lines.push(`lost: ${name}: its owners must publish it anew`);
  for (const { kind, subject, detail } of restored.findings) lines.push(`${kind}: ${subject}: ${detail}`);
  return `${lines.join("\n")}\n`;
}

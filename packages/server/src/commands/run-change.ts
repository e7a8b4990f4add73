import type { Transaction } from "@countermark/repository";
import { changeIndex } from "../changes/apply.ts";
import { systemClock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { OPERATOR } from "../audit-log/audit-log.ts";

/** Makes one change as the operator and says so. */
export async function change(
  data: string,
  said: string,
  make: (index: OpenIndex) => Transaction | Promise<Transaction>,
): Promise<void> {
  const { transaction, publishedIn } = await changeIndex(data, OPERATOR, systemClock, async (index) => make(index));
  process.stderr.write(`${said}; published as ${publishedIn}, number ${transaction} in the log\n`);
}

/** The SHA-256 of a file that is named by it, or by its name in a project. */
export async function digestOf({ store }: OpenIndex, project: string, file: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(file)) return file;
  const known = await store.file(project, file);
  if (known !== undefined) return known.sha256;
  throw new ServerError("USAGE", `${project} has no file ${file}`, { hint: "name a file of its page, or a SHA-256" });
}

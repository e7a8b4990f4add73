import { PackagingError, parseName } from "@countermark/packaging";
import { explain } from "../explain/explain.ts";
import { inWords } from "../explain/words.ts";
import { ClientError } from "../errors.ts";
import { openSession } from "../session.ts";
import { print, say } from "./report.ts";

/** What `countermark why` was asked for. */
export interface WhyOptions {
  readonly index?: string;
  readonly json?: boolean;
}

/** Prints the chain of trust of a project's files. */
export async function why(name: string, options: WhyOptions): Promise<number> {
  const project = readName(name);
  const session = await openSession(options.index);
  try {
    const { index, repository } = await session.open(project);
    const explanation = await explain(index, repository, project);
    print(options.json === true ? JSON.stringify(explanation) : inWords(explanation, Date.now()));
    for (const warning of await session.warnings()) say(`countermark: warning: ${warning}`);
    return 0;
  } finally {
    await session.close();
  }
}

function readName(name: string): string {
  try {
    return parseName(name);
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    const { message, hint } = cause;
    throw new ClientError("USAGE", message, { ...(hint !== undefined && { hint }), cause });
  }
}

import { PackagingError, parseName, parseVersion, type Version } from "@countermark/packaging";
import { explain } from "../explain/explain.ts";
import { inWords } from "../explain/words.ts";
import { ClientError } from "../errors.ts";
import { openSessionOf } from "./open-session.ts";
import { print, say } from "./report.ts";

/** What `countermark why` was asked for. */
export interface WhyOptions {
  readonly index?: string;
  readonly json?: boolean;
  /** Whether to go by what was verified and fetched before. */
  readonly offline?: boolean;
}

/** Prints the chain of trust of a project's files. */
export async function why(name: string, options: WhyOptions): Promise<number> {
  const { project, version } = readRelease(name);
  const session = await openSessionOf(options);
  try {
    const { index, repository } = await session.open(project);
    const explanation = await explain(index, repository, project, version);
    const warnings = await session.warnings();
    print(options.json === true ? JSON.stringify({ ...explanation, warnings }) : inWords(explanation, Date.now()));
    for (const warning of warnings) say(`countermark: warning: ${warning}`);
    return 0;
  } finally {
    await session.close();
  }
}

/** `flask` or `flask==2.0`. */
function readRelease(text: string): { readonly project: string; readonly version?: Version } {
  const [name = "", version] = text.split("==");
  try {
    return { project: parseName(name.trim()), ...(version !== undefined && { version: parseVersion(version.trim()) }) };
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    const { message, hint } = cause;
    throw new ClientError("USAGE", message, { ...(hint !== undefined && { hint }), cause });
  }
}

import type { SigningOptions } from "../../account/key-source.ts";
import { ClientError } from "../../errors.ts";
import { change, readProject } from "./publish.ts";

/** Longest reason, in characters: what the role may hold. */
const MAX_REASON = 1000;

/** What `countermark deprecate` was asked for. */
export interface DeprecateOptions extends SigningOptions {
  readonly archived?: boolean;
  readonly reason?: string;
  readonly undo?: boolean;
}

/** Says of a whole project that it is deprecated or archived, signed by who releases it. It informs: installs go on. */
export async function deprecate(name: string, options: DeprecateOptions): Promise<number> {
  const project = readProject(name);
  const { archived = false, reason = "", undo = false } = options;
  if (undo && (archived || reason !== "")) {
    throw new ClientError("USAGE", "--undo takes the status back, and needs neither --archived nor --reason");
  }
  if (reason.length > MAX_REASON || /[\u0000-\u001f\u007f]/.test(reason)) {
    throw new ClientError("USAGE", `a reason is one line of at most ${MAX_REASON} characters`);
  }
  const status = archived ? "archived" : "deprecated";
  return await change({
    project,
    wanted: { status: undo ? "active" : { status, reason } },
    files: [],
    options,
    purpose: undo ? `to call ${project} active again` : `to call ${project} ${status}`,
  });
}

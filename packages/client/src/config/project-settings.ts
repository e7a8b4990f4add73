import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { baseUrl, parseFloorLine, type FloorLine } from "@countermark/repository/verifying";
import { ClientError } from "../errors.ts";
import type { PolicyRules } from "../policy/policy.ts";
import { readPolicies, readPolicy, readText, requireKnown } from "./read-value.ts";
import { readTomlFile, sayingWhere, type Table } from "./toml-file.ts";
import { SETTINGS_FILE } from "./user-settings.ts";

/** Settings that only the user may make: with each of them a stranger's repository could loosen what protects the user. */
const USERS_ALONE: ReadonlyMap<string, string> = new Map([
  ["allow-hosts", "let a host through"],
  ["observe-until", "stop refusing"],
  ["indexes", "say which index a name belongs to"],
  ["proxy", "set a proxy"],
  ["ca", "add a certificate authority"],
  ["forget", "forget what is trusted"],
]);
/** Most folders between where a command starts and its project's top. */
const MAX_DEPTH = 64;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** What a project's repository may say: written by strangers, it can tighten and ask, never loosen (TRUST.md 7). */
export interface ProjectSettings {
  readonly path: string;
  /** The index that it asks to be installed from. */
  readonly index?: {
    readonly url: string;
    /** Fingerprint of its first root, lower-case hex. */
    readonly root?: string;
    /** Nothing older is accepted. */
    readonly floor?: FloorLine;
  };
  readonly policies: PolicyRules;
}

/** Where a search for a project's settings begins and ends; the process's own by default. */
export interface SearchHints {
  readonly from?: string;
  readonly home?: string;
  /** A settings file that is the user's own, wherever a command is started. */
  readonly except?: string;
}

/**
 * The settings of the project that a command is started in, if it has any.
 * @throws ClientError `CONFIG_INVALID`, `PROJECT_FORBIDDEN`
 */
export async function readProjectSettings(hints: SearchHints = {}): Promise<ProjectSettings | undefined> {
  for (const folder of searchedFolders(hints)) {
    const path = join(folder, SETTINGS_FILE);
    if (path === hints.except) continue;
    const table = await readTomlFile(path, { followLinks: false });
    if (table !== undefined) return sayingWhere(path, () => check(path, table));
  }
  return undefined;
}

/**
 * The folders that may hold a project's settings, from the one started in up to the top of its git repository; without one,
 * up to below the home folder. Above both lies what others may write, such as /tmp.
 */
export function searchedFolders({ from = process.cwd(), home = homedir() }: SearchHints = {}): readonly string[] {
  const folders: string[] = [];
  const homeFolder = resolve(home);
  for (let folder = resolve(from); folders.length < MAX_DEPTH; folder = dirname(folder)) {
    if (folder === homeFolder) return folders;
    folders.push(folder);
    if (isGitTop(folder)) return folders;
    if (dirname(folder) === folder) break;
  }
  return folders.slice(0, 1);
}

function isGitTop(folder: string): boolean {
  return lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined;
}

function check(path: string, table: Table): ProjectSettings {
  for (const key of table.keys()) {
    const what = USERS_ALONE.get(key);
    if (what !== undefined) throw forbidden(path, `${key} would ${what}, which only you may do`);
  }
  requireKnown(table, ["index", "root", "floor", "policy", "policies"]);
  const general = readPolicy(table, "policy");
  if (general === "any") throw forbidden(path, 'policy = "any" could only loosen what you demand');
  const index = readIndex(table);
  return {
    path,
    ...(index !== undefined && { index }),
    policies: { origin: path, general: general ?? "any", rules: readPolicies(table) },
  };
}

function readIndex(table: Table): ProjectSettings["index"] {
  const [index, root, line] = ["index", "root", "floor"].map((key) => readText(table, key));
  if (index === undefined) {
    if (root !== undefined || line !== undefined) throw new TypeError("root and floor need the index that they are of");
    return undefined;
  }
  if (root !== undefined && !FINGERPRINT.test(root)) throw new TypeError("root is not a SHA-256 in lower-case hex");
  const floor = line === undefined ? undefined : parseFloorLine(line);
  return { url: baseUrl(index), ...(root !== undefined && { root }), ...(floor !== undefined && { floor }) };
}

function forbidden(path: string, why: string): ClientError {
  return new ClientError("PROJECT_FORBIDDEN", `${path}: ${why}`, {
    hint: "this file came with the project: take the line out, or put it into your own settings if you want it",
  });
}

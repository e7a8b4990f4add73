import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Largest `entry_points.txt`, in bytes. */
export const MAX_ENTRY_POINTS_BYTES = 1024 * 1024;

/** Groups whose names become commands. */
const SCRIPT_GROUPS: ReadonlySet<string> = new Set(["console_scripts", "gui_scripts"]);
const SCRIPT_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const OBJECT = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/** Names and values by group. */
export type EntryPoints = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads `entry_points.txt` (entry points specification) as installers do, and refuses what they could read in two ways:
 * a group or name twice, text before a group; also commands whose names are paths. Throws `ENTRY_POINTS`.
 */
export function parseEntryPoints(bytes: Uint8Array): EntryPoints {
  const groups = new Map<string, Map<string, string>>();
  let group: Map<string, string> | undefined;
  let groupName = "";
  for (const raw of decode(bytes).split(/\r\n|\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const header = /^\[([^\]]+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      groupName = header.trim();
      if (groups.has(groupName)) throw refuse(`group ${quote(groupName)} stands twice`);
      group = new Map();
      groups.set(groupName, group);
      continue;
    }
    const { name, value } = readEntry(line, groupName);
    if (group === undefined) throw refuse("it has a line before its first group");
    if (group.has(name)) throw refuse(`${quote(name)} stands twice in group ${quote(groupName)}`);
    group.set(name, value);
  }
  return groups;
}

function readEntry(line: string, group: string): { name: string; value: string } {
  const equals = line.indexOf("=");
  const [name, value] = [line.slice(0, Math.max(equals, 0)).trim(), line.slice(equals + 1).trim()];
  if (name === "") throw refuse(`a line is malformed: ${quote(line)}`);
  if (SCRIPT_GROUPS.has(group) && !SCRIPT_NAME.test(name)) throw refuse(`${quote(name)} is no name for a command`);
  if (SCRIPT_GROUPS.has(group) && !isFunction(value)) throw refuse(`${quote(name)} names no function: ${quote(value)}`);
  return { name, value };
}

/** `module:object`, extras behind it are allowed and long out of use. */
function isFunction(value: string): boolean {
  const end = value.endsWith("]") ? value.lastIndexOf("[") : value.length;
  const [module = "", object = "", ...more] = value.slice(0, Math.max(end, 0)).split(":");
  return more.length === 0 && OBJECT.test(module.trim()) && OBJECT.test(object.trim());
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw refuse("it is not UTF-8", cause);
  }
}

function refuse(reason: string, cause?: unknown): PackagingError {
  return new PackagingError("ENTRY_POINTS", `entry_points.txt is wrong: ${reason}`, {
    cause,
    hint: "it has [group] lines, and under each of them lines like: name = package.module:function",
  });
}

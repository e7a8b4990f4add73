import { parseName } from "@countermark/packaging";
import { asTable, isTable, type Table } from "../config/toml-file.ts";
import type { LockedFile } from "./locked-project.ts";

/** Most projects of a lock file, and most files of one of them. */
const MAX_ENTRIES = 100_000;
const SHA256 = /^sha256:([0-9a-f]{64})$/i;

/** The entries of a list of tables; none if it is not there. @throws TypeError */
export function tables(table: Table, key: string): readonly Table[] {
  const value = table.get(key) ?? [];
  if (!Array.isArray(value)) throw new TypeError(`${key} is not a list`);
  if (value.length > MAX_ENTRIES) throw new TypeError(`${key} has more than ${MAX_ENTRIES} entries`);
  return value.map(asTable);
}

/** A table within a table, if it is there. */
export function subtable(table: Table, key: string): Table | undefined {
  const value = table.get(key);
  return isTable(value) ? asTable(value) : undefined;
}

/** A text of a table, if it is there and is one: lock files say more than we need, in more forms than we know. */
export function text(table: Table | undefined, key: string): string | undefined {
  const value = table?.get(key);
  return typeof value === "string" ? value : undefined;
}

/** The normalised name of an entry. @throws TypeError */
export function nameOf(entry: Table): string {
  const name = text(entry, "name");
  if (name === undefined) throw new TypeError("an entry has no name");
  try {
    return parseName(name);
  } catch (cause) {
    throw new TypeError(`${JSON.stringify(name.slice(0, 150))} is not the name of a project`, { cause });
  }
}

/** `sha256:…` as lower-case hex; `undefined` for anything else. */
export function sha256Of(hash: string | undefined): string | undefined {
  return SHA256.exec(hash ?? "")?.[1]?.toLowerCase();
}

/** The base name of a URL or a path; `undefined` where there is none. */
export function baseNameOf(place: string | undefined): string | undefined {
  const [path = ""] = (place ?? "").split(/[?#]/);
  const last = path.split("/").at(-1) ?? "";
  try {
    return last === "" ? undefined : decodeURIComponent(last);
  } catch {
    return undefined;
  }
}

/** A file as it is told of by its name and its hash. */
export function lockedFile(filename: string | undefined, sha256: string | undefined): LockedFile {
  return { ...(filename !== undefined && { filename }), ...(sha256 !== undefined && { sha256 }) };
}

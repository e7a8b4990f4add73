import type { Table } from "../config/toml-file.ts";
import { lockedFile, nameOf, sha256Of, subtable, tables, text } from "./lock-table.ts";
import type { LockedProject, Origin } from "./locked-project.ts";

/** The projects of a `poetry.lock`. @throws TypeError */
export function readPoetryLock(lock: Table): readonly LockedProject[] {
  return tables(lock, "package").map((entry) => {
    const version = text(entry, "version");
    return {
      project: nameOf(entry),
      ...(version !== undefined && { version }),
      origin: originOf(subtable(entry, "source")),
      files: tables(entry, "files").map((file) => lockedFile(text(file, "file"), sha256Of(text(file, "hash")))),
    };
  });
}

function originOf(source: Table | undefined): Origin {
  const type = text(source, "type") ?? "legacy";
  if (type === "legacy") return { kind: "index" };
  if (type === "directory") return { kind: "local" };
  return { kind: "elsewhere", what: `${type} ${text(source, "url") ?? ""}` };
}

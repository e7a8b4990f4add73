import type { Table } from "../config/toml-file.ts";
import { baseNameOf, lockedFile, nameOf, sha256Of, tables, text } from "./lock-table.ts";
import type { LockedProject, Origin } from "./locked-project.ts";

/** The projects of a `pdm.lock`; with the strategy `static_urls` its files have addresses in place of names. @throws TypeError */
export function readPdmLock(lock: Table): readonly LockedProject[] {
  return tables(lock, "package").map((entry) => {
    const version = text(entry, "version");
    return {
      project: nameOf(entry),
      ...(version !== undefined && { version }),
      origin: originOf(entry),
      files: tables(entry, "files").map((file) =>
        lockedFile(text(file, "file") ?? baseNameOf(text(file, "url")), sha256Of(text(file, "hash"))),
      ),
    };
  });
}

function originOf(entry: Table): Origin {
  if (entry.has("path")) return { kind: "local" };
  for (const kind of ["git", "hg", "svn", "bzr", "url"]) {
    const place = text(entry, kind);
    if (place !== undefined) return { kind: "elsewhere", what: `${kind} ${place}` };
  }
  return { kind: "index" };
}

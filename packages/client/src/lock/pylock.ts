import type { Table } from "../config/toml-file.ts";
import { baseNameOf, lockedFile, nameOf, subtable, tables, text } from "./lock-table.ts";
import type { LockedFile, LockedProject, Origin } from "./locked-project.ts";

/** The projects of a `pylock.toml` (PEP 751). @throws TypeError */
export function readPylock(lock: Table): readonly LockedProject[] {
  return tables(lock, "packages").map((entry) => {
    const version = text(entry, "version");
    const sdist = subtable(entry, "sdist");
    return {
      project: nameOf(entry),
      ...(version !== undefined && { version }),
      origin: originOf(entry),
      files: [...(sdist === undefined ? [] : [sdist]), ...tables(entry, "wheels")].map(fileOf),
    };
  });
}

function fileOf(file: Table): LockedFile {
  const filename = text(file, "name") ?? baseNameOf(text(file, "url") ?? text(file, "path"));
  return lockedFile(filename, text(subtable(file, "hashes"), "sha256")?.toLowerCase());
}

function originOf(entry: Table): Origin {
  if (entry.has("directory")) return { kind: "local" };
  for (const kind of ["vcs", "archive"]) {
    const source = subtable(entry, kind);
    if (source !== undefined)
      return { kind: "elsewhere", what: `${kind} ${text(source, "url") ?? text(source, "path") ?? ""}` };
  }
  return { kind: "index" };
}

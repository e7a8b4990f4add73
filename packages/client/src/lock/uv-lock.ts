import type { Table } from "../config/toml-file.ts";
import { baseNameOf, lockedFile, nameOf, sha256Of, subtable, tables, text } from "./lock-table.ts";
import type { LockedProject, Origin } from "./locked-project.ts";

/** The projects of a `uv.lock`. @throws TypeError */
export function readUvLock(lock: Table): readonly LockedProject[] {
  return tables(lock, "package").map((entry) => {
    const version = text(entry, "version");
    const sdist = subtable(entry, "sdist");
    const files = [...(sdist === undefined ? [] : [sdist]), ...tables(entry, "wheels")];
    return {
      project: nameOf(entry),
      ...(version !== undefined && { version }),
      origin: originOf(subtable(entry, "source")),
      files: files.map((file) =>
        lockedFile(
          text(file, "filename") ?? baseNameOf(text(file, "url") ?? text(file, "path")),
          sha256Of(text(file, "hash")),
        ),
      ),
    };
  });
}

function originOf(source: Table | undefined): Origin {
  if (source === undefined || text(source, "registry") !== undefined) return { kind: "index" };
  for (const kind of ["virtual", "editable", "directory"]) if (source.has(kind)) return { kind: "local" };
  const [kind, place] = [...source][0] ?? ["", ""];
  return { kind: "elsewhere", what: `${kind} ${String(place)}` };
}

import { basename } from "node:path";
import { readPlainFile, readTomlFile, sayingWhere, type Table } from "../config/toml-file.ts";
import { ClientError } from "../errors.ts";
import type { LockedProject } from "./locked-project.ts";
import { readPdmLock } from "./pdm-lock.ts";
import { readPoetryLock } from "./poetry-lock.ts";
import { readPylock } from "./pylock.ts";
import { readRequirements } from "./requirements.ts";
import { readUvLock } from "./uv-lock.ts";

/** Most bytes of a lock file: a project with a thousand dependencies has three million. */
const MAX_LOCK_BYTES = 64 * 1024 * 1024;

/** Each kind of lock file, by what its base name looks like. */
const TOML_LOCKS: readonly (readonly [RegExp, (lock: Table) => readonly LockedProject[]])[] = [
  [/^uv\.lock$|\.py\.lock$/, readUvLock],
  [/^pylock(?:\.[^.]+)?\.toml$/, readPylock],
  [/^poetry\.lock$/, readPoetryLock],
  [/^pdm(?:\.[^.]+)?\.lock$/, readPdmLock],
];

/**
 * Reads a lock file of uv, poetry, pdm, PEP 751, or a `requirements.txt`, told apart by its name.
 * @throws ClientError `USAGE` when there is no such file, or its name is none of these, `CONFIG_INVALID` when it cannot be read
 */
export async function readLock(path: string): Promise<readonly LockedProject[]> {
  const name = basename(path);
  const how = { followLinks: true, maxBytes: MAX_LOCK_BYTES, maxDepth: 50 };
  const read = TOML_LOCKS.find(([pattern]) => pattern.test(name))?.[1];
  if (read !== undefined) {
    const table = await readTomlFile(path, how);
    if (table !== undefined) return sayingWhere(path, () => read(table));
  } else if (/\.(?:txt|in)$/.test(name)) {
    const content = readPlainFile(path, how);
    if (content !== undefined) return readRequirements(content).projects;
  } else {
    throw new ClientError("USAGE", `${name} is not the name of a lock file`, {
      hint: "uv.lock, pylock.toml, poetry.lock, pdm.lock and requirements.txt can be read",
    });
  }
  throw new ClientError("USAGE", `there is no ${path}`);
}

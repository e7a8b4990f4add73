import { isAbsolute, join } from "node:path";
import { userFolders, type Hints } from "../platform.ts";

/** Fetched files, metadata and distributions alike, below the cache folder. */
export const CONTENT_FOLDER = "content";

/** Where this client keeps what it trusts, and where it keeps what it can fetch again. */
export interface Folders {
  /** Pinned trust and settings. Whoever can write here decides what is trusted. */
  readonly config: string;
  /** Fetched files. Never believed: whatever comes out of it is verified again. */
  readonly cache: string;
}

/**
 * The two folders of this user: XDG's on Linux and the other Unixes, the platform's own on macOS and Windows.
 * `COUNTERMARK_HOME` puts both below one folder of the caller's choice (`config/` and `cache/`).
 */
export function findFolders(hints: Hints = {}): Folders {
  const own = (hints.env ?? process.env)["COUNTERMARK_HOME"] ?? "";
  // A relative one would make the trusted folder depend on where we start.
  if (isAbsolute(own)) return { config: join(own, "config"), cache: join(own, "cache") };
  const { config, cache } = userFolders(hints);
  return { config: join(config, "countermark"), cache: join(cache, "countermark") };
}

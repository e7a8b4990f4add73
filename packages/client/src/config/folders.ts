import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Fetched files, metadata and distributions alike, below the cache folder. */
export const CONTENT_FOLDER = "content";

/** Where this client keeps what it trusts, and where it keeps what it can fetch again. */
export interface Folders {
  /** Pinned trust and settings. Whoever can write here decides what is trusted. */
  readonly config: string;
  /** Fetched files. Never believed: whatever comes out of it is verified again. */
  readonly cache: string;
}

/** What {@link findFolders} looks at; the process's own by default. */
export interface FolderHints {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/**
 * The two folders of this user: XDG's on Linux and the other Unixes, the platform's own on macOS and Windows.
 * `COUNTERMARK_HOME` puts both below one folder of the caller's choice (`config/` and `cache/`).
 */
export function findFolders(hints: FolderHints = {}): Folders {
  const { env = process.env, platform = process.platform, home = homedir() } = hints;
  // The XDG specification tells to ignore relative paths; one here would make the trusted folder depend on where we start.
  const place = (name: string, otherwise: string) => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : otherwise;
  };
  const own = place("COUNTERMARK_HOME", "");
  if (own !== "") return { config: join(own, "config"), cache: join(own, "cache") };
  if (platform === "darwin")
    return below(join(home, "Library", "Application Support"), join(home, "Library", "Caches"));
  if (platform === "win32") {
    const local = place("LOCALAPPDATA", join(home, "AppData", "Local"));
    return {
      config: join(place("APPDATA", join(home, "AppData", "Roaming")), "countermark"),
      cache: join(local, "countermark", "cache"),
    };
  }
  return below(place("XDG_CONFIG_HOME", join(home, ".config")), place("XDG_CACHE_HOME", join(home, ".cache")));
}

function below(config: string, cache: string): Folders {
  return { config: join(config, "countermark"), cache: join(cache, "countermark") };
}

/*
 * All that differs between systems, and nothing else: where things lie, what the system can be asked, how it is told. What
 * follows from it is decided elsewhere. The lint refuses such calls and paths in every other file of this package. Linux is
 * what the tests run on; macOS and Windows follow their own conventions here and were not tried.
 */
import { constants, type Stats } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** What a question about this machine is answered from; the process's own by default. */
export interface Hints {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

interface Machine extends Required<Hints> {
  /** An absolute path that a variable names. A relative one would make the answer depend on where we start. */
  readonly named: (variable: string, otherwise: string) => string;
}

function machine({ env = process.env, platform = process.platform, home = homedir() }: Hints): Machine {
  const named = (variable: string, otherwise: string): string => {
    const value = env[variable];
    return value !== undefined && isAbsolute(value) ? value : otherwise;
  };
  return { env, platform, home, named };
}

/** Where this system's programs keep a user's settings, and what they can make again: XDG's on Linux and other Unixes. */
export function userFolders(hints: Hints): { readonly config: string; readonly cache: string } {
  const { platform, home, named } = machine(hints);
  switch (platform) {
    case "darwin":
      return { config: join(home, "Library", "Application Support"), cache: join(home, "Library", "Caches") };
    case "win32":
      return {
        config: named("APPDATA", join(home, "AppData", "Roaming")),
        cache: named("LOCALAPPDATA", join(home, "AppData", "Local")),
      };
    default:
      return {
        config: named("XDG_CONFIG_HOME", join(home, ".config")),
        cache: named("XDG_CACHE_HOME", join(home, ".cache")),
      };
  }
}

/** Tools whose settings lead somewhere. */
export type Tool = "pip" | "uv" | "pdm" | "poetry" | "conda";

/** A tool's settings files on this system, the machine's first, then the user's, as the tool itself looks for them. */
export function settingsFiles(tool: Tool, hints: Hints = {}): readonly string[] {
  const at = machine(hints);
  return tool === "conda" ? condaFiles(at) : [...machineFiles(tool, at), ...userFiles(tool, at)];
}

const FILES = {
  pip: ["pip", "pip.conf"],
  uv: ["uv", "uv.toml"],
  pdm: ["pdm", "config.toml"],
  poetry: ["pypoetry", "config.toml"],
} as const;

function machineFiles(tool: keyof typeof FILES, { env, platform, named }: Machine): readonly string[] {
  const file = FILES[tool];
  if (tool === "poetry") return []; // it reads the user's and the project's alone
  if (platform === "win32") {
    const data = named("PROGRAMDATA", "C:\\ProgramData");
    return tool === "pdm" ? [join(data, "pdm", ...file)] : [join(data, file[0], windowsName(file))];
  }
  if (platform === "darwin" && tool !== "uv") return [join("/Library/Application Support", ...file)];
  const shared = (env["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(delimiter).map((folder) => join(folder, ...file));
  const own = { pip: ["/etc/pip.conf"], uv: ["/etc/uv/uv.toml"], pdm: [] }[tool];
  return [...shared, ...own];
}

function userFiles(tool: keyof typeof FILES, at: Machine): readonly string[] {
  const { platform, home, named } = at;
  const file = FILES[tool];
  const { config, cache } = userFolders(at);
  if (platform === "win32") {
    // pdm asks for the folder of settings that do not roam, and names itself as its own author.
    if (tool === "pdm") return [join(cache, "pdm", ...file)];
    const older = tool === "pip" ? [join(home, "pip", "pip.ini")] : [];
    return [...older, join(config, file[0], windowsName(file))];
  }
  const older = tool === "pip" ? [join(home, ".pip", "pip.conf")] : [];
  const ofUnix = join(named("XDG_CONFIG_HOME", join(home, ".config")), ...file);
  if (platform !== "darwin") return [...older, ofUnix];
  const ofMac = join(config, ...file);
  return { pip: [...older, ofMac, ofUnix], uv: [ofUnix], pdm: [ofMac], poetry: [ofMac] }[tool];
}

function windowsName([, name]: readonly [string, string]): string {
  return name === "pip.conf" ? "pip.ini" : name;
}

function condaFiles({ platform, home, named }: Machine): readonly string[] {
  const shared = platform === "win32" ? [join(named("PROGRAMDATA", "C:\\ProgramData"), "conda")] : ["/etc/conda"];
  const folders = [...shared, join(named("XDG_CONFIG_HOME", join(home, ".config")), "conda"), join(home, ".conda")];
  return [...folders.map((folder) => join(folder, ".condarc")), join(home, ".condarc")];
}

/** git's settings files besides a repository's own: the machine's, then the user's. */
export function gitConfigFiles(hints: Hints = {}): readonly string[] {
  const { env, platform, home, named } = machine(hints);
  const system = platform === "win32" ? [] : ["/etc/gitconfig"]; // on Windows it lies where git was installed to
  const one = env["GIT_CONFIG_GLOBAL"] ?? "";
  if (one !== "") return [...system, one];
  return [...system, join(named("XDG_CONFIG_HOME", join(home, ".config")), "git", "config"), join(home, ".gitconfig")];
}

/** The places in which curl looks for its settings: it reads the first file that is there. */
export function curlConfigFiles(hints: Hints = {}): readonly string[] {
  const { env, platform, home, named } = machine(hints);
  const config = platform === "win32" ? userFolders(hints).config : named("XDG_CONFIG_HOME", join(home, ".config"));
  const folders = [env["CURL_HOME"] ?? "", config, home].filter((folder) => folder !== "");
  const files = folders.map((folder) => join(folder, ".curlrc"));
  return platform === "win32"
    ? [...files, ...folders.map((folder) => join(folder, "_curlrc"))]
    : [...files, join(config, "curlrc")];
}

/** pip's settings file of a virtual environment. */
export function pipFileOf(environment: string, { platform = process.platform }: Hints = {}): string {
  return join(environment, platform === "win32" ? "pip.ini" : "pip.conf");
}

/** The name of the file that is always empty, spelled as Python spells it: pip compares the text. */
export function nullDevice({ platform = process.platform }: Hints = {}): string {
  return platform === "win32" ? "nul" : "/dev/null";
}

/**
 * Where Unixes keep the machine's own authorities in one file. The other systems' stores are asked in a general way, which
 * takes a fifth of a second.
 */
export const AUTHORITIES_FILES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Signals that ask a process to end, or tell it something, and that we may catch. Node keeps SIGUSR1 for itself. */
export const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === "win32" ? ["SIGTERM", "SIGHUP"] : ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];

/** Flags of `open`: to read what must not make us wait, as a pipe would. Windows has none of these, nor such pipes. */
export const TO_READ: number = constants.O_RDONLY | flag("O_NONBLOCK");
/** To be added: not where the last part of the path is a link. */
export const NO_LINK: number = flag("O_NOFOLLOW");

function flag(name: "O_NONBLOCK" | "O_NOFOLLOW"): number {
  return (constants as Partial<typeof constants>)[name] ?? 0;
}

/** Whether the names in a folder can be made to last by flushing the folder. Windows does so by itself. */
export const SYNCS_FOLDERS: boolean = process.platform !== "win32";

const WRITABLE_BY_OTHERS = 0o022;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/** Who else has power over a file or folder, by its owner and permissions. */
export interface Openness {
  /** Whose it is. `root`: the machine's administrator, and not also the one who asks. */
  readonly owner: "own" | "root" | "other";
  /** Whether users besides its owner may write to it. */
  readonly othersWrite: boolean;
  /** Whether every user may, as opposed to a group. */
  readonly allWrite: boolean;
  /** Whether, though they may write, nobody but a file's owner may remove it (the sticky bit). */
  readonly sticky: boolean;
}

/** What owner and permissions tell; `undefined` on Windows, which has none and guards the user's profile itself. */
export function opennessOf({ uid, mode }: Pick<Stats, "uid" | "mode">): Openness | undefined {
  const own = process.getuid?.();
  if (own === undefined) return undefined;
  return {
    owner: uid === own ? "own" : uid === 0 ? "root" : "other",
    othersWrite: (mode & WRITABLE_BY_OTHERS) !== 0,
    allWrite: (mode & WRITABLE_BY_ALL) !== 0,
    sticky: (mode & STICKY) !== 0,
  };
}

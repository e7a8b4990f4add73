import { programOf } from "../../../tools/python/environments.ts";
import type { Case, Run } from "./case.ts";

const INSTALL = ["-m", "pip", "install", "--progress-bar", "off", "--no-compile", "--target", "site"];

const pip = (tool: "pip-newest" | "pip-old", ...args: string[]) => [programOf(tool, "python"), ...INSTALL, ...args];
const base = { tool: "pip", without: "stranger", through: "verified" } as const;
const atIndex = ({ index }: Run) => ({ PIP_INDEX_URL: index });
const requirements = (line: (run: Run) => string) => ({
  files: (run: Run) => ({ "requirements.txt": `${line(run)}\nalphapkg\n` }),
  command: () => pip("pip-newest", "-r", "requirements.txt"),
  settings: atIndex,
});
const configured = (path: string, settings: (run: Run) => Record<string, string> = () => ({})) => ({
  files: ({ stranger }: Run) => ({ [path]: `[global]\nextra-index-url = ${stranger}\n` }),
  command: () => pip("pip-newest", "alphapkg"),
  settings: (run: Run) => ({ ...atIndex(run), ...settings(run) }),
});

/** A file whose hash is that of the file at `url`, as a lock names it. */
function pylock(name: string, version: string, url: string, hash: string): string {
  const wheel = `{ url = "${url}", hashes = { sha256 = "${hash}" } }`;
  return `lock-version = "1.0"\ncreated-by = "made"\n\n[[packages]]\nname = "${name}"\nversion = "${version}"\nwheels = [${wheel}]\n`;
}

/** `hashes`: SHA-256 of the stranger's file. */
export function pipCases(hashes: { readonly stranger: string; readonly forged: string }): readonly Case[] {
  const lock = (url: (run: Run) => string, hash: string, version: string) => ({
    files: (run: Run) => ({ "pylock.toml": pylock("alphapkg", version, url(run), hash) }),
    lock: "pylock.toml",
  });
  return [
    {
      ...base,
      way: "nothing but the index",
      without: "forged",
      command: () => pip("pip-newest", "alphapkg"),
      settings: atIndex,
    },
    {
      ...base,
      tool: "pip of 2022",
      way: "nothing but the index",
      without: "forged",
      command: () => pip("pip-old", "alphapkg"),
      settings: atIndex,
    },
    {
      ...base,
      tool: "pip of 2022",
      way: "`--extra-index-url` in requirements.txt",
      ...requirements(({ stranger }) => `--extra-index-url ${stranger}`),
      command: () => pip("pip-old", "-r", "requirements.txt"),
    },
    {
      ...base,
      way: "`PIP_EXTRA_INDEX_URL`",
      command: () => pip("pip-newest", "alphapkg"),
      settings: (run) => ({ ...atIndex(run), PIP_EXTRA_INDEX_URL: run.stranger }),
    },
    {
      ...base,
      way: "`PIP_FIND_LINKS`",
      command: () => pip("pip-newest", "alphapkg"),
      settings: (run) => ({ ...atIndex(run), PIP_FIND_LINKS: run.links }),
    },
    { ...base, way: "the user's `pip.conf`", ...configured(".config/pip/pip.conf") },
    {
      ...base,
      way: "the machine's `pip.conf`",
      ...configured("etc/pip/pip.conf", ({ folder }) => ({ XDG_CONFIG_DIRS: `${folder}/etc` })),
    },
    {
      ...base,
      way: "the environment's `pip.conf`",
      ...configured("env/pip.conf"),
      prepare: ({ folder }) => ownPrefix(folder),
      command: ({ folder }) => [`${folder}/env/bin/python`, ...INSTALL, "alphapkg"],
    },
    {
      ...base,
      way: "`--index-url` in requirements.txt",
      through: "refused",
      ...requirements(({ stranger }) => `--index-url ${stranger}`),
    },
    {
      ...base,
      way: "`--extra-index-url` in requirements.txt",
      ...requirements(({ stranger }) => `--extra-index-url ${stranger}`),
    },
    {
      ...base,
      way: "`--find-links` in requirements.txt",
      ...requirements(({ stranger }) => `--find-links ${stranger}alphapkg/`),
    },
    {
      ...base,
      way: "a direct URL in requirements.txt",
      through: "refused",
      ...requirements(({ strangerFile }) => `alphapkg @ ${strangerFile}`),
    },
    {
      ...base,
      way: "`--index-url` on the command line",
      through: "refused",
      command: ({ stranger }) => pip("pip-newest", "--index-url", stranger, "alphapkg"),
      settings: atIndex,
    },
    {
      ...base,
      way: "`--index-url`, and `No_proxy` in a case that Python reads, too",
      through: "refused",
      command: ({ stranger }) => pip("pip-newest", "--index-url", stranger, "alphapkg"),
      settings: (run) => ({ ...atIndex(run), No_proxy: "*" }),
    },
    {
      ...base,
      way: "`--index-url`, and a proxy of its own in `PIP_proxy`",
      through: "refused",
      command: ({ stranger }) => pip("pip-newest", "--index-url", stranger, "alphapkg"),
      // The stranger is a proxy as well, to itself.
      settings: (run) => ({ ...atIndex(run), PIP_proxy: new URL(run.stranger).origin }),
    },
    {
      ...base,
      way: "`--index-url` and an empty `--proxy`",
      through: "refused",
      command: ({ stranger }) => pip("pip-newest", "--proxy", "", "--index-url", stranger, "alphapkg"),
      settings: atIndex,
    },
    {
      ...base,
      way: "`pylock.toml` with a stranger's addresses",
      through: "refused",
      ...lock(({ strangerFile }) => strangerFile, hashes.stranger, "9.0"),
      command: () => pip("pip-newest", "-r", "pylock.toml"),
      settings: atIndex,
    },
    {
      ...base,
      way: "`pylock.toml` made from a lying index",
      without: "forged",
      through: "refused",
      ...lock(({ indexFile }) => indexFile, hashes.forged, "1.0"),
      command: () => pip("pip-newest", "-r", "pylock.toml"),
      settings: atIndex,
    },
    {
      ...base,
      way: "build requirements of an sdist, `PIP_EXTRA_INDEX_URL`",
      command: () => pip("pip-newest", "gammapkg"),
      settings: (run) => ({ ...atIndex(run), PIP_EXTRA_INDEX_URL: run.stranger }),
    },
  ];
}

/** A Python whose prefix is a folder of its own, with the pip of the newest environment. */
function ownPrefix(folder: string): { gated: boolean; command: readonly string[] } {
  const python = programOf("pip-newest", "python");
  const script = [
    'mkdir -p "$1/env/bin"',
    'cp "$(dirname "$2")/../pyvenv.cfg" "$1/env/"',
    'ln -s "$(readlink -f "$2")" "$1/env/bin/python"',
    'ln -s "$(dirname "$2")/../lib" "$1/env/lib"',
  ].join(" && ");
  return { gated: false, command: ["sh", "-c", script, "sh", folder, python] };
}

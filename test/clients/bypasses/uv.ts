import { programOf } from "../../../tools/python/environments.ts";
import type { Case, Run } from "./case.ts";

const uv = (...args: string[]) => [programOf("uv", "uv"), ...args];
const pipInstall = (...args: string[]) => uv("pip", "install", "--no-progress", "--target", "site", ...args);
const base = { tool: "uv", without: "stranger", through: "verified" } as const;
const atIndex = ({ index }: Run) => ({ UV_DEFAULT_INDEX: index });
const project = (more = "") =>
  `[project]\nname = "own"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["alphapkg"]\n${more}`;
const withProject = (more: (run: Run) => string = () => "") => ({
  files: (run: Run) => ({ "pyproject.toml": project(more(run)) }),
  command: () => uv("sync", "--no-progress"),
  settings: atIndex,
});
const strangersIndex = ({ stranger }: Run, more = "") =>
  `\n[[tool.uv.index]]\nname = "x"\nurl = "${stranger}"\n${more}`;
const requirements = (line: (run: Run) => string) => ({
  files: (run: Run) => ({ "requirements.txt": `${line(run)}\nalphapkg\n` }),
  command: () => pipInstall("-r", "requirements.txt"),
});
const locked = (mode: readonly string[]) => ({
  ...withProject(),
  lock: "uv.lock",
  command: () => uv("sync", "--no-progress", ...mode),
});
const lockedAt = (url: (run: Run) => string) => (run: Run) =>
  ({ gated: false, command: uv("lock"), settings: { UV_DEFAULT_INDEX: url(run) } }) as const;
/** Leads past any other proxy, straight to this machine's strangers. */
const OWN_PROXY = 'no-proxy = ["127.0.0.1"]\nhttp-proxy = "http://127.0.0.1:9"\n';
const commented = (text: string) => text.replaceAll(/^/gm, "# ").replace(/^# $/gm, "#") + "\n";
const script = (more: string) => `# /// script\n# dependencies = ["alphapkg"]\n${more}# ///\nimport alphapkg\n`;

/** uv in all its forms. */
export const uvCases: readonly Case[] = [
  {
    ...base,
    tool: "uv pip",
    way: "nothing but the index",
    without: "forged",
    command: () => pipInstall("alphapkg"),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uv pip",
    way: "`UV_INDEX`",
    command: () => pipInstall("alphapkg"),
    settings: (run) => ({ ...atIndex(run), UV_INDEX: run.stranger }),
  },
  {
    ...base,
    tool: "uv pip",
    way: "`UV_EXTRA_INDEX_URL`",
    command: () => pipInstall("alphapkg"),
    settings: (run) => ({ ...atIndex(run), UV_EXTRA_INDEX_URL: run.stranger }),
  },
  {
    ...base,
    tool: "uv pip",
    way: "`UV_FIND_LINKS`",
    command: () => pipInstall("alphapkg"),
    settings: (run) => ({ ...atIndex(run), UV_FIND_LINKS: run.links }),
  },
  {
    ...base,
    tool: "uv pip",
    way: "the user's `uv.toml`",
    files: ({ stranger }) => ({ ".config/uv/uv.toml": `[[index]]\nurl = "${stranger}"\n` }),
    command: () => pipInstall("alphapkg"),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uv pip",
    way: "`--index-url` in requirements.txt",
    ...requirements(({ stranger }) => `--index-url ${stranger}`),
  },
  {
    ...base,
    tool: "uv pip",
    way: "`--extra-index-url` in requirements.txt",
    ...requirements(({ stranger }) => `--extra-index-url ${stranger}`),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uv pip",
    way: "a direct URL",
    through: "refused",
    command: ({ strangerFile }) => pipInstall(`alphapkg @ ${strangerFile}`),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uv pip",
    way: "build requirements of an sdist, `UV_INDEX`",
    command: () => pipInstall("gammapkg"),
    settings: (run) => ({ ...atIndex(run), UV_INDEX: run.stranger }),
  },
  { ...base, tool: "uv sync", way: "nothing but the index", without: "forged", ...withProject() },
  { ...base, tool: "uv sync", way: "`[[tool.uv.index]]`", ...withProject(strangersIndex) },
  {
    ...base,
    tool: "uv sync",
    way: "`[tool.uv.sources]` with an index",
    through: "refused",
    ...withProject((run) => strangersIndex(run, 'explicit = true\n\n[tool.uv.sources]\nalphapkg = { index = "x" }\n')),
  },
  {
    ...base,
    tool: "uv sync",
    way: "`[tool.uv.sources]` with a URL",
    through: "refused",
    ...withProject(({ strangerFile }) => `\n[tool.uv.sources]\nalphapkg = { url = "${strangerFile}" }\n`),
  },
  ...["--frozen", "--locked"].map((mode): Case => ({
    ...base,
    tool: `uv sync ${mode}`,
    way: "`uv.lock` with a stranger's addresses",
    through: "refused",
    ...locked([mode]),
    prepare: lockedAt(({ stranger }) => stranger),
    settings: ({ stranger }) => ({ UV_DEFAULT_INDEX: stranger }),
  })),
  ...["", "--frozen", "--locked"].map((mode): Case => ({
    ...base,
    tool: `uv sync ${mode}`.trim(),
    way: "`uv.lock` made from a lying index",
    without: "forged",
    through: "refused",
    ...locked(mode === "" ? [] : [mode]),
    prepare: lockedAt(({ index }) => index),
  })),
  {
    ...base,
    tool: "uv run",
    way: "a script with an index of its own (PEP 723)",
    files: ({ stranger }) => ({ "script.py": script(`# [[tool.uv.index]]\n# url = "${stranger}"\n`) }),
    command: () => uv("run", "--no-progress", "--no-project", "script.py"),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uv pip",
    way: "`--default-index`, and `REQUEST_METHOD`, with which uv asks no proxy",
    through: "refused",
    command: ({ stranger }) => pipInstall("--default-index", stranger, "--index", stranger, "alphapkg"),
    settings: (run) => ({ ...atIndex(run), REQUEST_METHOD: "GET" }),
  },
  {
    ...base,
    tool: "uv run",
    way: "a script with a proxy of its own, below a folder that `--directory` names",
    through: "refused",
    files: ({ strangerFile }) => ({
      "a/script.py": script(commented(`[tool.uv]\n${OWN_PROXY}`)).replace("alphapkg", `alphapkg @ ${strangerFile}`),
    }),
    command: () => uv("--directory", "a", "run", "script.py"),
  },
  {
    ...base,
    tool: "uv pip",
    way: "a proxy in a file without a telling name, by `--config-file`",
    through: "refused",
    files: () => ({ "own.cfg": OWN_PROXY }),
    command: ({ stranger }) =>
      uv(
        "--config-file",
        "own.cfg",
        ...pipInstall("--default-index", stranger, "--index", stranger, "alphapkg").slice(1),
      ),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uv sync",
    way: "a proxy in `[tool.uv]`, past which nothing else counts",
    through: "refused",
    ...withProject((run) => `\n[tool.uv]\n${OWN_PROXY}${strangersIndex(run)}`),
  },
  {
    ...base,
    tool: "uv run",
    way: "a script with a proxy of its own (PEP 723)",
    through: "refused",
    files: (run) => ({ "script.py": script(commented(`[tool.uv]\n${OWN_PROXY}${strangersIndex(run)}`)) }),
    command: () => uv("run", "--no-progress", "--no-project", "script.py"),
    settings: atIndex,
  },
  {
    ...base,
    tool: "uvx",
    way: "`UV_INDEX`",
    command: () => uv("tool", "run", "--no-progress", "--from", "alphapkg", "alphatool"),
    settings: (run) => ({ ...atIndex(run), UV_INDEX: run.stranger }),
  },
];

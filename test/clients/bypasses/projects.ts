import { programOf } from "../../../tools/python/environments.ts";
import type { Case, Run } from "./case.ts";

const base = { without: "stranger", through: "verified" } as const;
const project = (dependency: string, more: string) =>
  `[project]\nname = "own"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["${dependency}"]\n${more}`;

const poetry = (source: (run: Run) => string) => ({
  ...{ ...base, tool: "poetry" },
  files: (run: Run) => ({
    "pyproject.toml": project(
      "alphapkg",
      `\n[[tool.poetry.source]]\nname = "main"\nurl = "${source(run)}"\npriority = "primary"\n`,
    ),
  }),
  command: () => [programOf("poetry", "poetry"), "install", "--no-root", "--no-interaction"],
});

const pdm = (dependency: (run: Run) => string, more: (run: Run) => string = () => "") => ({
  ...{ ...base, tool: "pdm" },
  files: (run: Run) => ({ "pyproject.toml": project(dependency(run), more(run)) }),
  command: () => [programOf("pdm", "pdm"), "install", "--no-self"],
  settings: ({ index }: Run) => ({ PDM_PYPI_URL: index }),
});

/** pdm remembers the environment that it made beside the lock file: a copy of the folder would share it. */
const lockWithPdm = (...options: string[]) => [
  ...["sh", "-c", '"$@" && rm -rf .venv .pdm-python', "sh"],
  ...[programOf("pdm", "pdm"), "lock", ...options],
];

const HATCH = `[project]\nname = "own"\nversion = "0"\n\n[tool.hatch.envs.default]\nskip-install = true\ndependencies = ["alphapkg"]\n`;
const hatch = (installer: "pip" | "uv") => ({
  ...{ ...base, tool: `hatch (${installer})` },
  files: () => ({
    "pyproject.toml": `${HATCH}installer = "${installer}"\n`,
  }),
  command: () => [programOf("hatch", "hatch"), "env", "create"],
});

/** Tools that manage projects and programs. */
export const projectCases: readonly Case[] = [
  { ...poetry(({ index }) => index), way: "nothing but the index", without: "forged" },
  { ...poetry(({ stranger }) => stranger), way: "a source in pyproject.toml", through: "refused" },
  {
    ...poetry(({ index }) => index),
    way: "`poetry.lock` made from a lying index",
    without: "forged",
    through: "refused",
    lock: "poetry.lock",
    prepare: () => ({ gated: false, command: [programOf("poetry", "poetry"), "lock", "--no-interaction"] }),
  },
  { ...pdm(() => "alphapkg"), way: "nothing but the index", without: "forged" },
  {
    ...pdm(() => "alphapkg"),
    way: "`pdm.lock` made from a lying index",
    without: "forged",
    through: "refused",
    lock: "pdm.lock",
    prepare: ({ index }) => ({
      ...{ gated: false, command: lockWithPdm() },
      settings: { PDM_PYPI_URL: index },
    }),
    command: () => [programOf("pdm", "pdm"), "install", "--no-self", "--frozen-lockfile"],
  },
  {
    ...pdm(() => "alphapkg"),
    way: "`pdm.lock` with a stranger's addresses (static_urls)",
    through: "refused",
    lock: "pdm.lock",
    prepare: ({ stranger }) => ({
      ...{ gated: false, command: lockWithPdm("--strategy", "static_urls") },
      settings: { PDM_PYPI_URL: stranger },
    }),
    command: () => [programOf("pdm", "pdm"), "install", "--no-self", "--frozen-lockfile"],
  },
  {
    ...pdm(
      () => "alphapkg",
      ({ stranger }) => `\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${stranger}"\n`,
    ),
    way: "`[[tool.pdm.source]]` named pypi",
    through: "refused",
  },
  {
    ...pdm(
      () => "alphapkg",
      ({ stranger }) => `\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${stranger}"\n`,
    ),
    way: "`[[tool.pdm.source]]` named pypi, and `No_proxy`",
    through: "refused",
    settings: ({ index }) => ({ PDM_PYPI_URL: index, No_proxy: "*" }),
  },
  {
    ...pdm(({ strangerFile }) => `alphapkg @ ${strangerFile}`),
    way: "a direct URL",
    through: "refused",
  },
  {
    ...pdm(({ strangerFileInTls }) => `alphapkg @ ${strangerFileInTls}`),
    way: "a direct URL on https, for which pdm takes no proxy",
    through: "refused",
  },
  {
    ...base,
    tool: "pipx",
    way: "`UV_INDEX`",
    command: () => [programOf("pipx", "pipx"), "install", "--backend", "uv", "alphapkg"],
    settings: ({ index, stranger }) => ({ UV_DEFAULT_INDEX: index, UV_INDEX: stranger }),
  },
  {
    ...hatch("pip"),
    way: "`PIP_EXTRA_INDEX_URL`",
    settings: ({ index, stranger }) => ({ PIP_INDEX_URL: index, PIP_EXTRA_INDEX_URL: stranger }),
  },
  {
    ...hatch("pip"),
    way: "a proxy variable in `env-vars`, and a second index",
    through: "refused",
    files: ({ stranger }) => ({
      "pyproject.toml": `${HATCH}installer = "pip"\n\n[tool.hatch.envs.default.env-vars]\nno_proxy = "*"\nhttp_proxy = ""\nPIP_EXTRA_INDEX_URL = "${stranger}"\n`,
    }),
    settings: ({ index }) => ({ PIP_INDEX_URL: index }),
  },
  {
    ...hatch("pip"),
    way: "a proxy variable in an override of `env-vars`, and a second index",
    through: "refused",
    files: ({ stranger }) => ({
      "pyproject.toml": `${HATCH}installer = "pip"\n\n[tool.hatch.envs.default.overrides]\nplatform.linux.env-vars = ["no_proxy=*", "PIP_EXTRA_INDEX_URL=${stranger}"]\n`,
    }),
    settings: ({ index }) => ({ PIP_INDEX_URL: index }),
  },
  {
    ...hatch("uv"),
    way: "`UV_INDEX`",
    // Where UV_PYTHON is set, hatch's uv would install there, and not into the environment that it made.
    settings: ({ index, stranger }) => ({ UV_DEFAULT_INDEX: index, UV_INDEX: stranger, UV_PYTHON: undefined }),
  },
];

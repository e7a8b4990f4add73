import type { Table } from "../config/toml-file.ts";
import { subtable, tables, text } from "../lock/lock-table.ts";
import { leadsPast } from "../run/hatch-proxy.ts";
import { UV_PROXIES } from "../run/tool-proxy.ts";
import type { Finding } from "./finding.ts";
import { elsewhere, isLocalPlace, localFiles } from "./places.ts";

/** Options of uv, in `uv.toml` or below `[tool.uv]`, that add a source or take protection away. */
const UV_OPTIONS = ["index", "index-url", "extra-index-url", "find-links", "allow-insecure-host", "index-strategy"];

/** What uv's own settings say that leads elsewhere. `table` is a `uv.toml`, or `[tool.uv]` with its name in `prefix`. */
export function checkUvSettings(where: string, table: Table, prefix = ""): readonly Finding[] {
  const pip = subtable(table, "pip");
  const options = [
    ...UV_OPTIONS.filter((name) => table.has(name)).map((name) => prefix + name),
    ...UV_OPTIONS.filter((name) => pip?.has(name) === true).map((name) => `${prefix}pip.${name}`),
  ];
  const local = [...stringsOf(table.get("find-links")), ...stringsOf(pip?.get("find-links"))];
  local.push(...indexUrls(table));
  const found: Finding[] = options.map((name) => ({
    ...{ check: "uv-settings", reach: "agent", where },
    what: `${name}: uv asks this place first, and the default index last`,
    fix: `take ${name} out, or set UV_INDEX beside UV_DEFAULT_INDEX as \`countermark agent\` prints them`,
  }));
  found.push(...local.filter(isLocalPlace).map((place) => localFiles(where, `${prefix}find-links or index ${place}`)));
  for (const name of UV_PROXIES.filter((option) => table.has(option))) {
    found.push({
      ...{ check: "uv-proxy", reach: "agent", where },
      what: `${prefix}${name}: uv asks this proxy, whatever the environment says`,
      fix: "take it out, and name the proxy in HTTPS_PROXY",
    });
  }
  for (const [name, source] of subtable(table, "sources") ?? []) found.push(...checkUvSource(where, name, source));
  return found;
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

function indexUrls(table: Table): readonly string[] {
  return Array.isArray(table.get("index")) ? tables(table, "index").flatMap((index) => text(index, "url") ?? []) : [];
}

function checkUvSource(where: string, name: string, value: unknown): readonly Finding[] {
  return (Array.isArray(value) ? value : [value]).flatMap((source: unknown) => {
    const table = subtable(new Map([["source", source]]), "source");
    const kind = ["index", "git", "url"].find((key) => table?.has(key) === true);
    if (kind === undefined) return [];
    const place = text(table, kind) ?? "";
    return [{ ...elsewhere(where, name, kind === "index" ? `the index ${place}` : place), check: "uv-sources" }];
  });
}

/** What pdm's sources say, in `[tool.pdm]` or in its own `config.toml`. */
export function checkPdm(where: string, pdm: Table | undefined, config?: Table): readonly Finding[] {
  const sources = pdm === undefined ? [] : tables(pdm, "source");
  const local = sources.map((source) => text(source, "url") ?? "").filter((url) => url !== "" && isLocalPlace(url));
  const names = sources.map((source) => text(source, "name") ?? text(source, "url") ?? "");
  const stored = subtable(config ?? new Map(), "pypi");
  if (stored !== undefined) names.push("pypi");
  const found = names.map((name) => ({
    ...{ check: "pdm-sources", reach: "agent" as const, where },
    what:
      name === "pypi"
        ? "the source pypi goes before the index that the environment names: pdm never asks the door"
        : `pdm merges the pages of the source ${JSON.stringify(name)} with those of the index`,
    fix: "take the source out; nothing in the environment can switch it off. `countermark run` refuses its host",
  }));
  return [...found, ...local.map((place) => localFiles(where, `a source at ${place}`))];
}

/** What pdm's scripts set for the commands that they start, in place of what a run says. */
export function checkPdmScripts(where: string, pdm: Table | undefined): readonly Finding[] {
  const scripts = pdm && subtable(pdm, "scripts");
  return [...(scripts ?? [])].flatMap(([name]) => {
    const script = scripts && subtable(scripts, name);
    const names = [...(subtable(script ?? new Map(), "env")?.keys() ?? [])].filter(leadsPast);
    if (script?.has("env_file") === true) names.push("what env_file says");
    if (names.length === 0) return [];
    return [
      {
        ...({ check: "pdm-scripts", reach: "run", where } as const),
        what: `pdm run sets these for ${name === "_" ? "all scripts" : `the script ${JSON.stringify(name)}`}, in place of what a run says: ${names.join(", ")}`,
        fix: "take them out, or install nothing by `pdm run`",
      },
    ];
  });
}

/** What poetry's sources say: it has no index setting in the environment. */
export function checkPoetry(where: string, poetry: Table | undefined): readonly Finding[] {
  if (poetry === undefined) return [];
  const sources = tables(poetry, "source").map((source): Finding => ({
    ...{ check: "poetry-sources", reach: "agent" as const, where },
    what: `poetry asks the source ${JSON.stringify(text(source, "name") ?? "")}`,
    fix: "name the trusted index there, or take the source out and use the plugin poetry-plugin-pypi-mirror; `countermark run` serves the one and refuses others",
  }));
  return [...sources, ...poetryDependencies(where, poetry)];
}

/** poetry's own lists of dependencies, in which each may name a place of its own. */
function poetryDependencies(where: string, poetry: Table): readonly Finding[] {
  const groups = [...(subtable(poetry, "group") ?? [])].map(([name]) =>
    subtable(subtable(poetry, "group") ?? new Map(), name),
  );
  const lists = [poetry, ...groups].flatMap((table) => [
    ...(subtable(table ?? new Map(), "dependencies") ?? []),
    ...(subtable(table ?? new Map(), "dev-dependencies") ?? []),
  ]);
  return lists.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => {
      const table = subtable(new Map([["one", one]]), "one");
      const kind = ["git", "url", "file"].find((key) => table?.has(key) === true);
      if (kind === undefined) return [];
      const place = text(table, kind) ?? "";
      return [kind === "file" ? localFiles(where, `${name} at ${place}`) : elsewhere(where, name, place)];
    }),
  );
}

/** What poetry's own settings say: where its mirror plugin looks, and whose word it takes unchecked. */
export function checkPoetryConfig(where: string, config: Table | undefined): readonly Finding[] {
  const mirror = text(subtable(subtable(config ?? new Map(), "plugins") ?? new Map(), "pypi_mirror"), "url");
  const unchecked = [...(subtable(config ?? new Map(), "certificates") ?? [])].map(([name]) => name);
  const finding = (what: string, fix: string): Finding => ({
    ...{ check: "poetry-config", reach: "agent", where },
    ...{ what, fix },
  });
  return [
    ...(mirror === undefined
      ? []
      : [
          finding(
            `poetry's mirror plugin asks ${mirror}`,
            "set POETRY_PYPI_MIRROR_URL, as `countermark agent` prints it",
          ),
        ]),
    ...unchecked.map((name) =>
      finding(`poetry checks the certificate of ${name} in its own way`, `poetry config --unset certificates.${name}`),
    ),
  ];
}

import type { Table } from "../config/toml-file.ts";
import { subtable, tables, text } from "../lock/lock-table.ts";
import { UV_PROXIES } from "../run/uv-proxy.ts";
import type { Finding } from "./finding.ts";

/** Options of uv, in `uv.toml` or below `[tool.uv]`, that add a source or take protection away. */
const UV_OPTIONS = ["index", "index-url", "extra-index-url", "find-links", "allow-insecure-host", "index-strategy"];

/** What uv's own settings say that leads elsewhere. `table` is a `uv.toml`, or `[tool.uv]` with its name in `prefix`. */
export function checkUvSettings(where: string, table: Table, prefix = ""): readonly Finding[] {
  const pip = subtable(table, "pip");
  const options = [
    ...UV_OPTIONS.filter((name) => table.has(name)).map((name) => prefix + name),
    ...UV_OPTIONS.filter((name) => pip?.has(name) === true).map((name) => `${prefix}pip.${name}`),
  ];
  const found: Finding[] = options.map((name) => ({
    ...{ check: "uv-settings", reach: "agent", where },
    what: `${name}: uv asks this place first, and the default index last`,
    fix: `take ${name} out, or set UV_INDEX beside UV_DEFAULT_INDEX as \`countermark agent\` prints them`,
  }));
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
  const names = sources.map((source) => text(source, "name") ?? text(source, "url") ?? "");
  const stored = subtable(config ?? new Map(), "pypi");
  if (stored !== undefined) names.push("pypi");
  return names.map((name) => ({
    ...{ check: "pdm-sources", reach: "agent" as const, where },
    what:
      name === "pypi"
        ? "the source pypi goes before the index that the environment names: pdm never asks the door"
        : `pdm merges the pages of the source ${JSON.stringify(name)} with those of the index`,
    fix: "take the source out; nothing in the environment can switch it off. `countermark run` refuses its host",
  }));
}

/** What poetry's sources say: it has no index setting in the environment. */
export function checkPoetry(where: string, poetry: Table | undefined): readonly Finding[] {
  if (poetry === undefined) return [];
  return tables(poetry, "source").map((source) => ({
    ...{ check: "poetry-sources", reach: "agent" as const, where },
    what: `poetry asks the source ${JSON.stringify(text(source, "name") ?? "")}`,
    fix: "name the trusted index there, or take the source out and use the plugin poetry-plugin-pypi-mirror; `countermark run` serves the one and refuses others",
  }));
}

/** A dependency that no index is asked for. */
export function elsewhere(where: string, name: string, place: string): Finding {
  return {
    ...{ check: "direct-url", reach: "agent", where },
    what: `${name} comes from ${place}, for which no index vouches`,
    fix: "depend on a release of the index; if it must come from there, pin its hash and allow the host: `countermark run --allow HOST`",
  };
}

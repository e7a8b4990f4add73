import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "smol-toml";
import { normaliseName, isName } from "@countermark/packaging";
import { ClientError, systemCode } from "../errors.ts";

const MAX_BYTES = 1024 * 1024;

/**
 * The project of a working folder, as `pyproject.toml`, `setup.cfg` or `setup.py` names it; normalised. `setup.py` is read,
 * never run: only a plain text as `name=` counts.
 * @throws ClientError `USAGE` where none of them says
 */
export async function projectOfFolder(folder: string): Promise<string> {
  const name =
    nameInPyproject(await textOf(folder, "pyproject.toml")) ??
    nameInSetupCfg(await textOf(folder, "setup.cfg")) ??
    nameInSetupPy(await textOf(folder, "setup.py"));
  if (name !== undefined && isName(name)) return normaliseName(name);
  throw new ClientError("USAGE", "it is not clear which project is released: no file here names it plainly", {
    hint: "name it with --project NAME; uploads of other projects are refused",
  });
}

async function textOf(folder: string, name: string): Promise<string> {
  try {
    const bytes = await readFile(join(folder, name));
    return bytes.length > MAX_BYTES ? "" : bytes.toString("utf8");
  } catch (error) {
    if (systemCode(error) !== undefined) return "";
    throw error;
  }
}

/** PEP 621, and poetry's older table. */
function nameInPyproject(text: string): string | undefined {
  let table: unknown;
  try {
    table = parse(text);
  } catch {
    return undefined;
  }
  const name =
    at(table, "project", "name") ??
    at(table, "tool", "poetry", "name") ??
    at(table, "tool", "flit", "metadata", "dist-name");
  return typeof name === "string" ? name : undefined;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? new Map(Object.entries(inner)).get(key) : undefined),
    value,
  );
}

function nameInSetupCfg(text: string): string | undefined {
  const section = /^\[metadata\][^\n]*\n((?:(?!\[).*\n?)*)/m.exec(text)?.[1] ?? "";
  return /^name[ \t]*[=:][ \t]*(\S+)[ \t]*$/m.exec(section)?.[1];
}

function nameInSetupPy(text: string): string | undefined {
  const names = [...text.matchAll(/\bname\s*=\s*(["'])([A-Za-z0-9._-]+)\1/g)].map((match) => match[2]);
  return new Set(names).size === 1 ? names[0] : undefined;
}

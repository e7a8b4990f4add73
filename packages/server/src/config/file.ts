import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "smol-toml";
import { ServerError, systemError } from "../errors.ts";

/** The name of the file in a data folder. */
export const CONFIGURATION_FILE = "countermark-server.toml";
/** Where an installation of the whole machine has it. */
export const SYSTEM_CONFIGURATION = `/etc/countermark/${CONFIGURATION_FILE}`;
/** Most bytes of a configuration file. */
const MAX_BYTES = 64 * 1024;

/** A configuration file, read but not judged. */
export interface Configuration {
  readonly path: string;
  /** The data folder that it names, absolute. */
  readonly data: string | undefined;
  /** Everything else by name: tables of commands. */
  readonly tables: ReadonlyMap<string, unknown>;
}

/**
 * Finds the one file that counts: the one that was named, else the data folder's, else the machine's. The machine's
 * counts only for the data folder that it names: its address and its certificates are not those of another index.
 * @throws ServerError `CONFIGURATION`, `NO_SUCH_PATH`, `NO_PERMISSION`
 */
export function findConfiguration(
  named: string | undefined,
  data: string | undefined,
  system = SYSTEM_CONFIGURATION,
): Configuration | undefined {
  if (named !== undefined) return readConfiguration(named);
  const own = data === undefined ? undefined : join(data, CONFIGURATION_FILE);
  if (own !== undefined && isThere(own)) return readConfiguration(own);
  if (!isThere(system)) return undefined;
  const found = readConfiguration(system);
  return data === undefined || found.data === resolve(data) ? found : undefined;
}

/** A setting of the file that cannot be used. */
export function refuseSetting(path: string, why: string, cause?: unknown): ServerError {
  return new ServerError("CONFIGURATION", `${path} cannot be used: ${why}`, {
    hint: "docs/operate/configuration.md lists every setting; 'serve --help' says what each flag takes",
    ...(cause !== undefined && { cause }),
  });
}

function readConfiguration(path: string): Configuration {
  const text = readText(path);
  let parsed: Record<string, unknown>;
  try {
    parsed = parse(text);
  } catch (error) {
    throw refuseSetting(path, error instanceof Error ? firstLine(error.message) : "it is not TOML", error);
  }
  const { data, ...tables } = parsed;
  if (data !== undefined && typeof data !== "string") throw refuseSetting(path, "data is not a text");
  const folder = data === undefined ? undefined : resolve(dirname(path), data);
  return { path, data: folder, tables: new Map(Object.entries(tables)) };
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw refuseSetting(path, `it is larger than ${MAX_BYTES} bytes`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw systemError(error, `cannot read ${path}`);
  }
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
}

function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw systemError(error, `cannot look at ${path}`);
  }
}

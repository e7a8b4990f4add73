import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { ClientError, systemCode } from "../errors.ts";
import { NO_LINK, TO_READ } from "../platform.ts";

/** Most bytes of a settings file. */
export const MAX_SETTINGS_BYTES = 256 * 1024;
/** Deepest nesting of tables and lists that any settings file of ours needs. */
const MAX_DEPTH = 5;

/** A table of a settings file. A `Map`, so that a key such as `__proto__` is one like any other. */
export type Table = ReadonlyMap<string, unknown>;

/** How a file is opened. */
export interface ReadOptions {
  /** Whether a link is followed. A stranger's repository may hold one to any file or device of this machine. */
  readonly followLinks: boolean;
  /** {@link MAX_SETTINGS_BYTES} by default. */
  readonly maxBytes?: number;
  /** Deepest nesting; that of our own settings by default. */
  readonly maxDepth?: number;
}

/**
 * Reads a settings file; `undefined` where there is none.
 * @throws ClientError `CONFIG_INVALID`
 */
export async function readTomlFile(path: string, options: ReadOptions): Promise<Table | undefined> {
  const text = readPlainFile(path, options);
  if (text === undefined) return undefined;
  const { parse } = await import("smol-toml");
  return sayingWhere(path, () => asTable(parse(text, { maxDepth: options.maxDepth ?? MAX_DEPTH })));
}

/** The text of a regular file of a reasonable size; `undefined` where there is none. Never waits for a pipe. */
export function readPlainFile(
  path: string,
  { followLinks, maxBytes = MAX_SETTINGS_BYTES }: ReadOptions,
): string | undefined {
  try {
    const file = openSync(path, TO_READ | (followLinks ? 0 : NO_LINK));
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw invalid(path, "it is not a regular file");
      if (status.size > maxBytes) throw invalid(path, `it is larger than ${maxBytes} bytes`);
      return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (cause instanceof ClientError) throw cause;
    if (code === "ELOOP") throw invalid(path, "it is a link");
    throw invalid(path, code ?? "it is not UTF-8 text", cause);
  }
}

/** Runs `work` on a file's content; what it cannot use (a `TypeError`, or the parser's error) is told with the file's name. */
export function sayingWhere<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw invalid(path, cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "", cause);
  }
}

/** A parsed table, and all below it, as maps. */
export function asTable(value: unknown): Table {
  if (!isTable(value)) throw new TypeError("a table is needed");
  return new Map(Object.entries(value));
}

/** Whether a parsed value is a table: neither a list nor a date. */
export function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function invalid(path: string, why: string, cause?: unknown): ClientError {
  return new ClientError("CONFIG_INVALID", `${path} cannot be used: ${why}`, {
    hint: "docs/install/settings.md lists what may stand in it",
    ...(cause !== undefined && { cause }),
  });
}

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { baseUrl } from "@countermark/repository";
import { ClientError, systemCode } from "../errors.ts";

/** The user's own settings, in the config folder. */
export const SETTINGS_FILE = "countermark.toml";
/** Most bytes of a settings file. */
const MAX_BYTES = 64 * 1024;

/** What a user may set for all runs. */
export interface Settings {
  /** Base URL of the index to use where several are trusted. */
  readonly index?: string;
}

/**
 * Reads the user's settings; none where there is no file. Strict: a setting that is not known might be one that was meant
 * to protect.
 * @throws ClientError `CONFIG_INVALID`
 */
export async function readSettings(folder: string): Promise<Settings> {
  const path = join(folder, SETTINGS_FILE);
  const text = readIfThere(path);
  if (text === undefined) return {};
  const { parse } = await import("smol-toml");
  try {
    return check(new Map(Object.entries(parse(text))));
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    throw new ClientError("CONFIG_INVALID", `${path} cannot be used: ${why}`, {
      hint: 'it may say: index = "https://index.example.org/"',
      cause,
    });
  }
}

function check(settings: ReadonlyMap<string, unknown>): Settings {
  for (const name of settings.keys()) if (name !== "index") throw new TypeError(`there is no setting ${name}`);
  const index = settings.get("index");
  if (index === undefined) return {};
  if (typeof index !== "string") throw new TypeError("index is not a text");
  return { index: baseUrl(index) };
}

function readIfThere(path: string): string | undefined {
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new ClientError("CONFIG_INVALID", `${path} is larger than ${MAX_BYTES} bytes`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    if (cause instanceof ClientError) throw cause;
    throw new ClientError("CONFIG_INVALID", `${path} cannot be read (${systemCode(cause) ?? "failed"})`, { cause });
  }
}

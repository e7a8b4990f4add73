import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientError, systemCode } from "../errors.ts";

/** What a run's command reads, in a folder that this user alone can enter, for as long as the run takes. */
export interface RunFolder {
  /** The certificates that the command is to believe, PEM, public. */
  readonly authorities: string;
  /** pdm's settings, where there are any. */
  readonly pdmSettings?: string;
  readonly remove: () => Promise<void>;
}

/**
 * Writes these files to a new folder.
 * @param pdm what pdm's settings file says; nothing needs no file
 * @throws ClientError `CACHE_UNUSABLE`
 */
export async function makeRunFolder(certificates: readonly string[], pdm: string): Promise<RunFolder> {
  try {
    const folder = await mkdtemp(join(tmpdir(), "countermark-run-"));
    const write = async (name: string, text: string): Promise<string> => {
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600, flag: "wx" });
      return path;
    };
    const authorities = await write("authorities.pem", certificates.map((text) => `${text.trim()}\n`).join(""));
    return {
      authorities,
      ...(pdm !== "" && { pdmSettings: await write("pdm.toml", pdm) }),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (cause) {
    throw new ClientError("CACHE_UNUSABLE", `cannot write to ${tmpdir()} (${systemCode(cause) ?? "failed"})`, {
      hint: "name a writable folder for temporary files with TMPDIR",
      cause,
    });
  }
}

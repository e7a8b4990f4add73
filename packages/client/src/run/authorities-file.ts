import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientError, systemCode } from "../errors.ts";

/** The certificates that a run's command is to believe, in a file of its own for as long as the run takes. */
export interface AuthoritiesFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Writes certificates (PEM, public) to a file in a new folder that this user alone can enter.
 * @throws ClientError `CACHE_UNUSABLE`
 */
export async function writeAuthorities(certificates: readonly string[]): Promise<AuthoritiesFile> {
  try {
    const folder = await mkdtemp(join(tmpdir(), "countermark-run-"));
    const path = join(folder, "authorities.pem");
    await writeFile(path, certificates.map((text) => `${text.trim()}\n`).join(""), { mode: 0o600, flag: "wx" });
    return { path, remove: () => rm(folder, { recursive: true, force: true }) };
  } catch (cause) {
    throw new ClientError("CACHE_UNUSABLE", `cannot write to ${tmpdir()} (${systemCode(cause) ?? "failed"})`, {
      hint: "name a writable folder for temporary files with TMPDIR",
      cause,
    });
  }
}

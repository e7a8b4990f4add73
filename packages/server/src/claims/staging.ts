import { foldedName, type ReceivedBlob, type StagedFile } from "@countermark/repository";
import { parseDistributionFilename } from "@countermark/packaging";
import type { AuditEntry } from "../audit-log/audit-log.ts";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import type { StagedUpload } from "./claims-store.ts";

/** How long a staged file waits for a releaser. */
export const STAGED_MS = 14 * 24 * 60 * 60 * 1000;

/** Files that a token alone has sent to a claimed project: stored, and seen by nobody but those who may release. */
export class Staging {
  readonly #index: OpenIndex;
  readonly #clock: Clock;

  constructor({ index, clock }: { readonly index: OpenIndex; readonly clock: Clock }) {
    this.#index = index;
    this.#clock = clock;
  }

  /**
   * Keeps a received file for a releaser to approve.
   * @throws ServerError `FILE_EXISTS` where another content has the name, here or in the index
   */
  async add(project: string, file: ReceivedBlob, by: string): Promise<void> {
    const present = await this.#index.store.file(project, file.filename);
    if (present !== undefined && present.sha256 !== file.sha256) throw taken(file.filename);
    const now = this.#clock();
    const folded = foldedName(parseDistributionFilename(file.filename));
    const row = { ...file, project, folded, by, uploadedAt: now, expiresAt: now + STAGED_MS };
    const outcome = await this.#index.claims.stage(row);
    if (outcome === "conflict") throw taken(file.filename);
    if (outcome === "staged") await this.#note("staged.add", project, by, file.filename);
  }

  async list(project: string): Promise<readonly StagedFile[]> {
    const rows = await this.#index.claims.staged(project, this.#clock());
    return rows.map(({ filename, sha256, length, by, uploadedAt, expiresAt }) => ({
      ...{ filename, sha256, length, by, uploaded: uploadedAt, expires: expiresAt },
    }));
  }

  async content(project: string, filename: string): Promise<{ length: number; content: AsyncIterable<Uint8Array> }> {
    const { sha256, length } = await this.#find(project, filename);
    const content = await this.#index.blobs.stream(sha256, 0, length);
    if (content !== undefined) return { length, content };
    throw new ServerError("DATA_DAMAGED", `the content of the staged file ${filename} is not in the store`);
  }

  async remove(project: string, filename: string, by: string): Promise<void> {
    await this.#find(project, filename);
    await this.#index.claims.unstage(project, [filename]);
    await this.#note("staged.remove", project, by, filename);
  }

  #note(action: AuditEntry["action"], project: string, actor: string, filename: string): Promise<void> {
    return this.#index.audit.append({ at: this.#clock(), actor, action, subject: project, detail: { filename } });
  }

  async #find(project: string, filename: string): Promise<StagedUpload> {
    const found = (await this.#index.claims.staged(project, this.#clock())).find((row) => row.filename === filename);
    if (found !== undefined) return found;
    throw new ServerError("NOTHING_THERE", "there is no such staged file, or it has expired");
  }
}

function taken(filename: string): ServerError {
  return new ServerError("FILE_EXISTS", `another content has the name ${filename}`, {
    hint: "a file is never replaced: give the release another version",
  });
}

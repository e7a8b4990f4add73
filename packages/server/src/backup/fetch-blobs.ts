import type { OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import type { NewFile } from "../storage/index-store.ts";
import type { Source } from "./sources.ts";

/** Most bytes of one metadata file. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;

/** Brings signed files that are not in the store from whoever has them; counts those that are whole afterwards. */
export async function fetchBlobs(
  index: OpenIndex,
  sources: readonly Source[],
  lacking: readonly NewFile[],
): Promise<number> {
  let fetched = 0;
  for (const { project, filename, sha256, length, coreMetadata } of lacking) {
    const whole = await fetchOne(index, sources, { project, filename, sha256, maxBytes: length });
    const metadata = `${filename}.metadata`;
    const described =
      coreMetadata === undefined ||
      (await fetchOne(index, sources, {
        ...{ project, filename: metadata, sha256: coreMetadata, maxBytes: MAX_METADATA_BYTES },
      }));
    if (whole && described) fetched += 1;
  }
  return fetched;
}

interface Wanted {
  readonly project: string;
  readonly filename: string;
  readonly sha256: string;
  readonly maxBytes: number;
}

/** Only content with the signed hash is kept. */
async function fetchOne({ blobs }: OpenIndex, sources: readonly Source[], wanted: Wanted): Promise<boolean> {
  if ((await blobs.size(wanted.sha256)) !== undefined) return true;
  for (const source of sources) {
    try {
      const body = await source.file(wanted.project, wanted.filename, wanted.maxBytes);
      if (body === undefined) continue;
      const staged = await blobs.stage(body);
      try {
        if (staged.sha256 !== wanted.sha256) continue;
        await staged.keep();
        return true;
      } finally {
        await staged.discard();
      }
    } catch (error) {
      // One source that fails is no reason not to ask the next; what nobody has is a finding.
      if (!(error instanceof ServerError) || !["UPSTREAM", "UPSTREAM_HOST"].includes(error.code)) throw error;
    }
  }
  return false;
}

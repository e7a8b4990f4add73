import type { IndexSite } from "../agent/index-site.ts";
import type { UploadCollector } from "../agent/upload-collector.ts";

/** What a run with `--sign` adds to one without: who takes uploads, and the settings by which tools send them. */
export interface SignedUploads {
  readonly uploads: UploadCollector;
  /**
   * @param base the index's base URL
   * @param site what stands in for the index while the command runs
   */
  settings(base: URL, site: IndexSite): Promise<Readonly<Record<string, string>>>;
}

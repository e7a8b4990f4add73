/** Version of the simple repository API that the documents here follow (PEP 629, PEP 700, PEP 740, PEP 792). */
export const SIMPLE_API_VERSION = "1.4";

/** State of a project (PEP 792). */
export type ProjectStatus = "active" | "archived" | "quarantined" | "deprecated";

/** One file on a project's page. */
export interface PageFile {
  readonly filename: string;
  /** Absolute, or relative to the page; without fragment. */
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly uploadTime: number;
  readonly requiresPython?: string;
  /** PEP 592: yanked, with a reason or without. */
  readonly yanked?: true | string;
  /** SHA-256, lower-case hex, of what is served at `url` + `.metadata` (PEP 658, PEP 714). */
  readonly coreMetadata?: string;
}

/** What a project's page shows. */
export interface ProjectPage {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly status?: { readonly status: ProjectStatus; readonly reason?: string };
  /** All versions, as {@link PageFile}s or without any (PEP 700). */
  readonly versions: readonly string[];
  readonly files: readonly PageFile[];
}

/** What the list of all projects shows. */
export interface RootPage {
  /** Normalised (PEP 503). */
  readonly projects: readonly string[];
}

/** The files to show: none of a quarantined project (PEP 792: they must not be offered). */
export function offeredFiles(page: ProjectPage): readonly PageFile[] {
  return page.status?.status === "quarantined" ? [] : page.files;
}

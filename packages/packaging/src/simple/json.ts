import { offeredFiles, SIMPLE_API_VERSION, type PageFile, type ProjectPage, type RootPage } from "./page.ts";
import { formatUploadTime } from "./time.ts";

/** A project's page as `application/vnd.pypi.simple.v1+json` (PEP 691, PEP 700, PEP 714, PEP 792). */
export function renderProjectJson(page: ProjectPage): string {
  const { status = "active", reason } = page.status ?? {};
  return JSON.stringify({
    meta: { "api-version": SIMPLE_API_VERSION },
    name: page.name,
    "project-status": { status, reason },
    versions: page.versions,
    files: offeredFiles(page).map(fileJson),
  });
}

/** The list of all projects as `application/vnd.pypi.simple.v1+json` (PEP 691). */
export function renderRootJson(root: RootPage): string {
  return JSON.stringify({
    meta: { "api-version": SIMPLE_API_VERSION },
    projects: root.projects.map((name) => ({ name })),
  });
}

/** SHA-256 alone: a second hash breaks lock files of some installers, none at all breaks others. */
function fileJson(file: PageFile): object {
  const coreMetadata = file.coreMetadata === undefined ? false : { sha256: file.coreMetadata };
  return {
    filename: file.filename,
    url: file.url,
    hashes: { sha256: file.sha256 },
    "requires-python": file.requiresPython,
    size: file.size,
    "upload-time": formatUploadTime(file.uploadTime),
    // An empty reason would read as "not yanked" in some installers.
    yanked: file.yanked === "" ? true : (file.yanked ?? false),
    "core-metadata": coreMetadata,
    "data-dist-info-metadata": coreMetadata,
  };
}

import { createHash } from "node:crypto";
import {
  compareVersions,
  formatVersion,
  negotiate,
  parseDistributionFilename,
  renderProjectHtml,
  renderProjectJson,
  type PageFile,
  type ProjectPage,
  type SimpleMediaType,
  type Version,
} from "@countermark/packaging";
import { fileUrl, type ProjectListing, type ReleaseFile } from "@countermark/repository/verifying";

/** From `simple/<project>/` to the folder of both `simple/` and `files/`. */
const UP = "../../";

/** A page ready to be sent. */
export interface RenderedPage {
  readonly type: SimpleMediaType;
  readonly body: string;
  /** Quoted, as the header wants it; another for each type. */
  readonly etag: string;
}

/**
 * A project's simple page, made from verified metadata: nothing of what the index's own page says gets through, so that a
 * version added there is simply not seen.
 */
export function renderPage(listing: ProjectListing, accept: string | undefined): RenderedPage {
  const type = negotiate(accept);
  const page = makePage(listing);
  const body = type === "application/vnd.pypi.simple.v1+json" ? renderProjectJson(page) : renderProjectHtml(page);
  return { type, body, etag: `"${createHash("sha256").update(type).update(body).digest("hex").slice(0, 32)}"` };
}

/** The page's content, in the order of versions and names: pages of equal content are equal bytes. */
export function makePage({ project, standing, files }: ProjectListing): ProjectPage {
  const { status, reason } = standing;
  const versions = new Map(files.map(versionOf).map((version) => [formatVersion(version), version]));
  return {
    name: project,
    ...(status !== "withdrawn" && { status: { status, ...(reason !== "" && { reason }) } }),
    versions: [...versions].sort(([, a], [, b]) => compareVersions(a, b)).map(([text]) => text),
    files: files.map((file) => pageFile(project, file)),
  };
}

function versionOf(file: ReleaseFile): Version {
  return parseDistributionFilename(file.filename).version;
}

function pageFile(project: string, file: ReleaseFile): PageFile {
  const { filename, sha256, length, uploadTime, requiresPython, yanked, coreMetadata } = file;
  return {
    filename,
    url: UP + fileUrl(project, filename),
    sha256,
    size: length,
    uploadTime,
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(coreMetadata !== undefined && { coreMetadata }),
  };
}

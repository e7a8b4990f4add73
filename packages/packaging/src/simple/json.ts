import { offeredFiles, SIMPLE_API_VERSION, type PageFile, type ProjectPage, type RootPage } from "./page.ts";
import { formatUploadTime } from "./time.ts";

/**
 * A project's page as `application/vnd.pypi.simple.v1+json` (PEP 691, PEP 700, PEP 714, PEP 792). Written piece by piece:
 * a page may have tens of thousands of files, and an object for each is most of what it costs.
 */
export function renderProjectJson(page: ProjectPage): string {
  const { status = "active", reason } = page.status ?? {};
  const head = JSON.stringify({
    meta: { "api-version": SIMPLE_API_VERSION },
    name: page.name,
    "project-status": { status, reason },
  });
  const versions = page.versions.map(quoted).join(",");
  const time = lastOf(formatUploadTime);
  const files = offeredFiles(page).map((file) => fileJson(file, time(file.uploadTime)));
  return `${head.slice(0, -1)},"versions":[${versions}],"files":[${files.join(",")}]}`;
}

/** The list of all projects as `application/vnd.pypi.simple.v1+json` (PEP 691). */
export function renderRootJson(root: RootPage): string {
  return JSON.stringify({
    meta: { "api-version": SIMPLE_API_VERSION },
    projects: root.projects.map((name) => ({ name })),
  });
}

/** SHA-256 alone: a second hash breaks lock files of some installers, none at all breaks others. */
function fileJson(
  { filename, url, sha256, size, requiresPython, yanked, coreMetadata }: PageFile,
  time: string,
): string {
  const metadata = coreMetadata === undefined ? "false" : `{"sha256":${quoted(coreMetadata)}}`;
  const python = requiresPython === undefined ? "" : `"requires-python":${quoted(requiresPython)},`;
  // An empty reason would read as "not yanked" in some installers.
  const yank = yanked === undefined ? "false" : yanked === true || yanked === "" ? "true" : quoted(yanked);
  return (
    `{"filename":${quoted(filename)},"url":${quoted(url)},"hashes":{"sha256":${quoted(sha256)}},${python}` +
    `"size":${size},"upload-time":"${time}","yanked":${yank},` +
    `"core-metadata":${metadata},"data-dist-info-metadata":${metadata}}`
  );
}

/** Printable ASCII but for `"` and `\`: what JSON writes as it stands. */
const AS_IT_STANDS = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return AS_IT_STANDS.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Remembers the last answer: the files of a release came in together. */
function lastOf(format: (ms: number) => string): (ms: number) => string {
  let [last, text] = [NaN, ""];
  return (ms) => {
    if (ms !== last) [last, text] = [ms, format(ms)];
    return text;
  };
}

import { projectHash } from "../layout/paths.ts";

/** Where things lie below a repository's base URL. Both sides of the wire take them from here. */
export const METADATA_FOLDER = "tuf/";
export const SIMPLE_FOLDER = "simple/";
export const FILES_FOLDER = "files/";

/** The name of a role's file in a repository with consistent snapshots (TUF 6.2): only timestamp has no version. */
export function metadataFilename(role: string, version: number): string {
  return role === "timestamp" ? "timestamp.json" : `${version}.${role}.json`;
}

/** Where a role's file lies, below the base URL. */
export function metadataUrl(role: string, version: number): string {
  return METADATA_FOLDER + encodeURIComponent(metadataFilename(role, version));
}

/** Where a file lies for any TUF client, below the base URL: its hash before its name (TUF 6.2). */
export function targetUrl(project: string, sha256: string, filename: string): string {
  return `${METADATA_FOLDER}targets/${projectHash(project)}/${project}/${sha256}.${encodeURIComponent(filename)}`;
}

/** Where a file lies for installers, below the base URL. */
export function fileUrl(project: string, filename: string): string {
  return `${FILES_FOLDER}${projectHash(project)}/${project}/${encodeURIComponent(filename)}`;
}

/**
 * The base URL for whatever a user may call the index: its root, its `/simple/` or its `/tuf/` address.
 * @throws TypeError when it is no http or https URL, or carries a query, a fragment or credentials
 */
export function baseUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`${text} is not an http or https URL`);
  if (url.search !== "" || url.hash !== "") throw new TypeError(`${text} has a query or a fragment`);
  if (url.username !== "" || url.password !== "") throw new TypeError("the URL carries credentials");
  return url.href.replace(/\/+$/, "").replace(/\/(simple|tuf)$/, "") + "/";
}

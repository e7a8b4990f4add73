import { parseName } from "@countermark/packaging/naming";
import { FILES_FOLDER, isSafeFilename, projectHash, SIMPLE_FOLDER } from "@countermark/repository/verifying";
import { CORE_METADATA_SUFFIX } from "../verify/core-metadata.ts";

/** What a request below the base URL asks for. */
export type Route =
  | { readonly kind: "root" }
  | { readonly kind: "project"; readonly project: string }
  /** The same page under its own address. `location` is relative to the request's. */
  | { readonly kind: "redirect"; readonly location: string }
  /** Where publishing tools post. */
  | { readonly kind: "upload" }
  | { readonly kind: "file"; readonly project: string; readonly filename: string }
  | { readonly kind: "core-metadata"; readonly project: string; readonly filename: string };

/** The legacy upload URL below the index's base; tools send it with a slash and without. */
export const UPLOAD_FOLDER = "legacy/";
const UPLOAD_PATHS: ReadonlySet<string> = new Set(["legacy", UPLOAD_FOLDER]);

/** Reads a path below the base URL, such as `simple/flask/`; `undefined` when nothing can lie there. */
export function parseRoute(path: string): Route | undefined {
  if (UPLOAD_PATHS.has(path)) return { kind: "upload" };
  if (path.startsWith(SIMPLE_FOLDER)) return parsePage(path.slice(SIMPLE_FOLDER.length));
  if (path.startsWith(FILES_FOLDER)) return parseFile(path.slice(FILES_FOLDER.length));
  return undefined;
}

function parsePage(path: string): Route | undefined {
  if (path === "") return { kind: "root" };
  const name = path.endsWith("/") ? path.slice(0, -1) : path;
  const project = readName(name);
  if (project === undefined) return undefined;
  if (path === `${project}/`) return { kind: "project", project };
  return { kind: "redirect", location: path.endsWith("/") ? `../${project}/` : `${project}/` };
}

function readName(name: string): string | undefined {
  try {
    return parseName(name);
  } catch {
    return undefined;
  }
}

function parseFile(path: string): Route | undefined {
  const [hash, project, encoded, ...rest] = path.split("/");
  if (project === undefined || encoded === undefined || rest.length > 0) return undefined;
  if (readName(project) !== project || projectHash(project) !== hash) return undefined;
  const name = decode(encoded);
  const sidecar = name.endsWith(CORE_METADATA_SUFFIX);
  const filename = sidecar ? name.slice(0, -CORE_METADATA_SUFFIX.length) : name;
  if (!isSafeFilename(filename)) return undefined;
  return { kind: sidecar ? "core-metadata" : "file", project, filename };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

import { isNormalisedName, isSafeFilename, projectHash } from "@countermark/repository";
import type { Call, Door } from "../http/door.ts";
import { notFound } from "../http/reply.ts";
import type { SimplePages } from "../simple/pages.ts";
import type { VisibleFile } from "../storage/index-store.ts";
import type { FileSender } from "./send.ts";

const METADATA_SUFFIX = ".metadata";
const SHA256_AND_DOT = 65;

/** `/files/` for installers, and `/tuf/targets/` for TUF clients, which ask with the hash before the name (TUF 6.2). */
export function addFileRoutes(app: Door, pages: SimplePages, sender: FileSender): void {
  app.get("/files/:hash/:project/:filename", async (call) => {
    const filename = call.req.param("filename");
    const file = await find(call, pages, filename);
    if (file !== undefined) return sender.distribution(call, file);
    if (!filename.endsWith(METADATA_SUFFIX)) return notFound(call);
    const described = await find(call, pages, filename.slice(0, -METADATA_SUFFIX.length));
    return described?.coreMetadata === undefined ? notFound(call) : sender.metadata(call, described.coreMetadata);
  });
  app.get("/tuf/targets/:hash/:project/:filename", async (call) => {
    const named = call.req.param("filename");
    const file = await find(call, pages, named.slice(SHA256_AND_DOT));
    if (file === undefined || named !== `${file.sha256}.${file.filename}`) return notFound(call);
    return sender.distribution(call, file);
  });
}

/** Every part of the path must be exactly what a page would link to; there are no two addresses of one file. */
async function find(call: Call, pages: SimplePages, filename: string): Promise<VisibleFile | undefined> {
  const { hash, project } = call.req.param() as { hash: string; project: string };
  if (!isNormalisedName(project) || !isSafeFilename(filename)) return undefined;
  const files = await pages.files(project);
  const file = files?.get(filename);
  return file !== undefined && hash === projectHash(project) ? file : undefined;
}

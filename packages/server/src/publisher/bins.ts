import { isDeepStrictEqual } from "node:util";
import { encodeReleaseFile, type RoleContent } from "@countermark/repository";
import { ServerError } from "../errors.ts";
import type { StoredFile } from "../storage/index-store.ts";
import { releaseFile } from "./release-file.ts";

/** What a bin is made of. */
export interface BinParts {
  readonly shard: string;
  /** What the present bin says: its signature was verified. */
  readonly signed: RoleContent;
  /** The rows of its files that were published with it. */
  readonly published: readonly StoredFile[];
  /** Accepted files that are to be listed from now on. */
  readonly added: readonly StoredFile[];
}

/**
 * The next content of a bin: what is signed already, and the new files. Rows add to it, but never change what was
 * signed: whoever can write to the database alone must not get a file replaced, or an old one listed again.
 * @throws ServerError `DATA_DAMAGED` where the rows and the signed bin disagree
 */
export function nextBin({ shard, signed, published, added }: BinParts): RoleContent {
  const targets = new Map(signed.targets);
  const rows = new Set<string>();
  for (const [kind, files] of [["published", published] as const, ["added", added] as const]) {
    for (const file of files) {
      const [path, entry] = encodeReleaseFile(file.project, releaseFile(file));
      const present = signed.targets.get(path);
      const agrees = present === undefined ? kind === "added" : isDeepStrictEqual(present, entry);
      if (!agrees || !path.startsWith(shard)) throw disagree(path);
      targets.set(path, entry);
      rows.add(path);
    }
  }
  for (const path of signed.targets.keys()) if (!rows.has(path)) throw disagree(path);
  return { targets, unknown: signed.unknown };
}

function disagree(path: string): ServerError {
  return new ServerError("DATA_DAMAGED", `the database and the signed list disagree about ${path}`, {
    hint: "nothing was signed; somebody else may have written to the database: restore it from a backup",
  });
}

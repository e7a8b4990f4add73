import { TufError, readTimestamp } from "@countermark/tuf";
import { RepositoryError } from "@countermark/repository";
import { ServerError } from "../errors.ts";
import { RoleMissing, SignedIndex } from "../fsck/signed-index.ts";
import type { IndexStore } from "../storage/index-store.ts";
import type { Source } from "./sources.ts";

/** What was last published, as far as somebody has it: verified from the index's own first root. */
export interface LastPublished {
  readonly signed: SignedIndex;
  /** When its timestamp was made or later, never earlier: its end, less the longest that one may live. */
  readonly signedAt: number;
  /** Roots that were made after the backup. */
  readonly roots: readonly Uint8Array[];
}

/**
 * The newest state that any of the sources shows. One that is older than the backup says nothing new, and is left out;
 * one that does not verify ends the restoration: it is another index, or a forgery.
 * @throws ServerError `UPSTREAM`, `BACKUP_OTHER`
 */
export async function newestPublished(
  store: IndexStore,
  sources: readonly Source[],
  fingerprint: string,
  lifetime: number,
): Promise<LastPublished | undefined> {
  let newest: LastPublished | undefined;
  let version = (await store.timestamp()).version;
  for (const source of sources) {
    const bytes = await source.role("timestamp", 0);
    if (bytes === undefined) {
      throw new ServerError("UPSTREAM", `${source.shown} has no timestamp.json`, {
        hint: "name the address of the index or of a mirror, or a folder with role files",
      });
    }
    const shown = await readSource(store, sources, source, bytes, fingerprint, lifetime);
    const found = shown.signed.set.timestamp?.signed.version ?? 0;
    if (found < version) continue;
    [newest, version] = [shown, found];
  }
  return newest;
}

async function readSource(
  store: IndexStore,
  sources: readonly Source[],
  source: Source,
  timestamp: Uint8Array,
  fingerprint: string,
  lifetime: number,
): Promise<LastPublished> {
  const roots: Uint8Array[] = [];
  const files = async (name: string, version: number): Promise<Uint8Array | undefined> => {
    const own = await store.roleFile(name, version);
    if (own !== undefined) return own;
    for (const one of [source, ...sources]) {
      const bytes = await one.role(name, version);
      if (bytes === undefined) continue;
      if (name === "root") roots.push(bytes);
      return bytes;
    }
    return undefined;
  };
  try {
    const signed = await SignedIndex.open({ files, timestamp, fingerprint });
    return { signed, roots, signedAt: readTimestamp(timestamp).signed.expires - lifetime };
  } catch (error) {
    if (error instanceof RoleMissing) throw missing(source, error.role);
    if (!(error instanceof TufError || error instanceof RepositoryError)) throw error;
    throw new ServerError(
      "BACKUP_OTHER",
      `${source.shown} does not show what this index has signed: ${error.message}`,
      {
        hint: "nothing was restored; leave this source out if it is not to be trusted",
        cause: error,
      },
    );
  }
}

function missing(source: Source, role: string): ServerError {
  if (role === "snapshot") {
    return new ServerError("UPSTREAM", `${source.shown} has a timestamp, but not the snapshot that it lists`, {
      hint: "keep both, or name a mirror",
    });
  }
  return new ServerError("RESTORE_CEREMONY", `a ceremony after the backup has signed ${role}, and no source has it`, {
    hint: "name a mirror that has it: --published URL; nothing was restored",
  });
}

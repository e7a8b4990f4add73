import type { Insertable, Selectable } from "kysely";
import type { IndexSettings, NewFile, StoredFile, VisibleFile } from "../index-store.ts";
import type { Outcome, StoredTransaction } from "../transactions.ts";
import type { FileTable, SettingsTable, TransactionTable } from "./tables.ts";

/** Settings as their one row. */
export function settingsRow(settings: IndexSettings): Insertable<SettingsTable> {
  return {
    id: 1,
    repository_id: settings.repositoryId,
    name: settings.name,
    public_url: settings.publicUrl ?? null,
    profile: settings.profile,
    shards: settings.shards,
    created_at: settings.createdAt,
  };
}

/** The one row of settings, read. */
export function settingsFrom(row: Selectable<SettingsTable>): IndexSettings {
  return {
    repositoryId: row.repository_id,
    name: row.name,
    publicUrl: row.public_url ?? undefined,
    profile: row.profile,
    shards: row.shards,
    createdAt: row.created_at,
  };
}

/** A file as its row, in no publication yet. */
export function fileRow(file: NewFile): Insertable<FileTable> {
  return {
    project: file.project,
    filename: file.filename,
    folded: file.folded,
    kind: file.kind,
    version: file.version,
    sha256: file.sha256,
    length: file.length,
    upload_time: file.uploadTime,
    requires_python: file.requiresPython ?? null,
    core_metadata: file.coreMetadata ?? null,
    yanked: file.yanked ?? null,
    adopted: file.adopted ? 1 : 0,
    published_in: null,
    transaction_id: null,
    deleted_in: null,
  };
}

/** A file's row with its project's shard. */
export type StoredFileRow = Selectable<FileTable> & { readonly shard: string };

/** The same, read. */
export function storedFile(row: StoredFileRow): StoredFile {
  return {
    ...visibleFile(row),
    id: row.id,
    project: row.project,
    shard: row.shard,
    folded: row.folded,
    kind: row.kind,
    adopted: row.adopted === 1,
    publishedIn: row.published_in ?? undefined,
    deletedIn: row.deleted_in ?? undefined,
  };
}

/** What pages are made of, of a file's row. */
export type VisibleFileRow = Pick<
  Selectable<FileTable>,
  "filename" | "version" | "sha256" | "length" | "upload_time" | "requires_python" | "core_metadata" | "yanked"
>;

/** The same, read. */
export function visibleFile(row: VisibleFileRow): VisibleFile {
  return {
    filename: row.filename,
    version: row.version,
    sha256: row.sha256,
    length: row.length,
    uploadTime: row.upload_time,
    requiresPython: row.requires_python ?? undefined,
    coreMetadata: row.core_metadata ?? undefined,
    yanked: row.yanked ?? undefined,
  };
}

/** A transaction's row, read. */
export function storedTransaction(row: Selectable<TransactionTable>): StoredTransaction {
  return {
    id: row.id,
    kind: row.kind,
    project: row.project,
    payload: row.payload,
    by: row.accepted_by,
    acceptedAt: row.accepted_at,
    nonce: row.nonce,
    seal: row.seal,
    outcome: outcomeOf(row),
    decidedAt: row.decided_at ?? undefined,
  };
}

function outcomeOf({ outcome, code, reason, published_in }: Selectable<TransactionTable>): Outcome | undefined {
  if (outcome === null) return undefined;
  if (outcome === "published") return { outcome, publishedIn: published_in ?? 0 };
  return { outcome, code: code ?? "", reason: reason ?? "" };
}

import type { Insertable, Selectable } from "kysely";
import type { IndexSettings, NewFile, StoredFile } from "../index-store.ts";
import type { FileTable, SettingsTable } from "./tables.ts";

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
  };
}

/** A file's row with its project's shard, read. */
export function storedFile(row: Selectable<FileTable> & { readonly shard: string }): StoredFile {
  return {
    id: row.id,
    project: row.project,
    shard: row.shard,
    filename: row.filename,
    folded: row.folded,
    kind: row.kind,
    version: row.version,
    sha256: row.sha256,
    length: row.length,
    uploadTime: row.upload_time,
    requiresPython: row.requires_python ?? undefined,
    coreMetadata: row.core_metadata ?? undefined,
    yanked: row.yanked ?? undefined,
    adopted: row.adopted === 1,
    publishedIn: row.published_in ?? undefined,
  };
}

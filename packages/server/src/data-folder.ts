import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { PROFILES, type Lifetimes, type OnlineSigners, type ProfileName } from "@countermark/repository";
import type { AccountStore } from "./accounts/account-store.ts";
import type { AuditLog } from "./audit-log/audit-log.ts";
import type { ClaimsStore } from "./claims/claims-store.ts";
import type { NameStore } from "./names/name-store.ts";
import { ServerError } from "./errors.ts";
import type { TransactionSeal } from "./publisher/seal.ts";
import { loadOnlineSigners } from "./signing/online.ts";
import { loadTransactionSeal } from "./signing/transactions.ts";
import type { BlobStore } from "./storage/blob-store.ts";
import { exists } from "./storage/durable.ts";
import type { IndexSettings, IndexStore } from "./storage/index-store.ts";
import { LocalBlobs } from "./storage/local/blobs.ts";
import { SqliteAccountStore } from "./storage/sqlite/account-store.ts";
import { SqliteAuditLog } from "./storage/sqlite/audit-log.ts";
import { SqliteClaimsStore } from "./storage/sqlite/claims-store.ts";
import { SqliteDatabase } from "./storage/sqlite/database.ts";
import { SqliteNameStore } from "./storage/sqlite/name-store.ts";
import { SqliteIndexStore } from "./storage/sqlite/store.ts";

/** Each use of an online key, by line. */
export const SIGNING_LOG_FILE = "signing.log";

/** Where everything lies in a data folder. */
export interface DataPaths {
  readonly folder: string;
  readonly database: string;
  readonly blobs: string;
  /** The online keys. The offline ones are never here. */
  readonly keys: string;
  readonly publisherLock: string;
  /** Each use of an online key. */
  readonly signingLog: string;
  /** Stands from the beginning of `init` to its end. */
  readonly unfinished: string;
}

/** The paths of a data folder. */
export function dataPaths(folder: string): DataPaths {
  const top = resolve(folder);
  return {
    folder: top,
    database: join(top, "index.sqlite"),
    blobs: join(top, "blobs"),
    keys: join(top, "keys"),
    publisherLock: join(top, "publisher.lock"),
    signingLog: join(top, SIGNING_LOG_FILE),
    unfinished: join(top, "UNFINISHED"),
  };
}

/** An index that `init` made, opened. */
export interface OpenIndex {
  readonly paths: DataPaths;
  readonly database: SqliteDatabase;
  /** Closing it closes the database, for `accounts` and `audit` too. */
  readonly store: IndexStore;
  readonly accounts: AccountStore;
  readonly audit: AuditLog;
  readonly claims: ClaimsStore;
  readonly names: NameStore;
  readonly blobs: BlobStore;
  readonly settings: IndexSettings;
  readonly lifetimes: Lifetimes;
  readonly signers: OnlineSigners;
  /** Marks the transactions that this process has checked. */
  readonly seal: TransactionSeal;
}

/**
 * Opens the index in a data folder.
 * @throws ServerError `NO_INDEX`, `KEY_FILE`, `DATA_NEWER`, `DATA_DAMAGED`
 */
export async function openIndex(folder: string): Promise<OpenIndex> {
  return openIndexAt(dataPaths(folder));
}

/** The same where not everything has its usual place: while an index is restored. */
export async function openIndexAt(paths: DataPaths): Promise<OpenIndex> {
  if (!(await exists(paths.database))) throw noIndex(paths);
  const database = await SqliteDatabase.open(paths.database);
  const store = new SqliteIndexStore(database);
  try {
    const settings = await store.settings();
    if (settings === undefined) throw noIndex(paths);
    const signers = await loadOnlineSigners(paths.keys);
    const lifetimes = PROFILES[settings.profile as ProfileName];
    const seal = await loadTransactionSeal(paths.keys);
    const [accounts, audit] = [new SqliteAccountStore(database), new SqliteAuditLog(database)];
    const [claims, blobs] = [new SqliteClaimsStore(database), new LocalBlobs(paths.blobs)];
    const names = new SqliteNameStore(database);
    return { paths, database, store, accounts, audit, claims, names, blobs, settings, lifetimes, signers, seal };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What is said of a folder that holds no finished index. */
export function noIndex({ folder }: DataPaths): ServerError {
  return new ServerError("NO_INDEX", `there is no index in ${folder}`, {
    hint: `make one: countermark-server init --data ${folder} --keys FOLDER`,
  });
}

/** Whether one folder is the other or lies in it, by what the paths really lead to. Either may not exist yet. */
export async function isInside(inner: string, outer: string): Promise<boolean> {
  const [a, b] = [await realFolder(inner), await realFolder(outer)];
  return a === b || a.startsWith(b.endsWith(sep) ? b : b + sep);
}

async function realFolder(path: string): Promise<string> {
  const absolute = resolve(path);
  if (await exists(absolute)) return realpath(absolute);
  return join(await realFolder(dirname(absolute)), basename(absolute));
}

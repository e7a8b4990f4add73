import type { Protection, RoleFile, RoleRecord } from "@countermark/repository";
import type { NameBar } from "../names/name-store.ts";
import type { Decision, NewTransaction, StoredTransaction, TransactionQuery } from "./transactions.ts";

/** What never changes after `init`. Times are milliseconds since the epoch. */
export interface IndexSettings {
  /** SHA-256 of `1.root.json`, lower-case hex: the fingerprint that installers pin. */
  readonly repositoryId: string;
  readonly name: string;
  /** Where installers reach the index, when the operator has said so; ends with a slash. */
  readonly publicUrl: string | undefined;
  readonly profile: string;
  /** How many shards each sharded role has. */
  readonly shards: number;
  readonly createdAt: number;
}

/** A distribution whose blob is stored and that may become part of the index. */
export interface NewFile {
  /** Normalised. */
  readonly project: string;
  /** The project's shard, in hex. */
  readonly shard: string;
  readonly filename: string;
  /** The file name with everything folded that must not tell two files of a project apart. */
  readonly folded: string;
  readonly kind: "wheel" | "sdist";
  /** Normalised. */
  readonly version: string;
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  readonly uploadTime: number;
  readonly requiresPython: string | undefined;
  /** SHA-256 of the metadata file that is served beside it, where there is one. */
  readonly coreMetadata: string | undefined;
  /** Yanked, with the reason, which may be empty. */
  readonly yanked: string | undefined;
  /** Brought in by somebody who did not build it. */
  readonly adopted: boolean;
}

export interface StoredFile extends NewFile {
  readonly id: number;
  /** Version of the timestamp that made it visible. */
  readonly publishedIn: number | undefined;
  /** Version of the timestamp that took it away for ever; its name is not free again. */
  readonly deletedIn: number | undefined;
}

/** What a page says of a file, and what sending it needs. */
export type VisibleFile = Pick<
  StoredFile,
  "filename" | "version" | "sha256" | "length" | "uploadTime" | "requiresPython" | "coreMetadata" | "yanked"
>;

/**
 * What became of a transaction that was offered: `known` is the same content under the same name, `conflict` another
 * one, or a name that was deleted; `barred` is a new project that may not begin by this name.
 */
export type Acceptance =
  | { readonly outcome: "accepted"; readonly transaction: number }
  | { readonly outcome: "known" }
  | { readonly outcome: "conflict"; readonly filename: string; readonly sha256: string; readonly deleted: boolean }
  | { readonly outcome: "barred"; readonly bar: NameBar };

/** Roles that one question may name. */
export const MAX_ROLE_NAMES = 64;

/** How late a commit of another process may be noticed. */
export const MAX_CHANGE_DELAY_MS = 5;

/** What a publication does to the rows from which pages are made. */
export type RowChange =
  /** The file is visible from now on, in this form. */
  | { readonly change: "list"; readonly file: NewFile }
  /** It is gone for ever, and its name with it. */
  | { readonly change: "delete"; readonly project: string; readonly filename: string };

/** A project whose page changes. */
export interface ProjectChange {
  readonly project: string;
  readonly shard: string;
  readonly protection: Protection;
}

/** One step of the repository: new role files, what became of transactions, and the rows that follow from them. */
export interface Publication {
  /** Version of the timestamp on which it was built; 0 for the first. */
  readonly basedOn: number;
  readonly at: number;
  /** With a timestamp, whose version is `basedOn` + 1; or none at all, where everything was refused. */
  readonly roles: readonly RoleFile[];
  readonly decisions: readonly Decision[];
  readonly rows: readonly RowChange[];
  readonly projects: readonly ProjectChange[];
}

/**
 * The rows of one index. Each method is one transaction: it happened as a whole or not at all, also when the process
 * is killed inside it, and when its promise is fulfilled the outcome survives a crash of the machine.
 *
 * `publish` is the only decision point of a publication. It applies a publication if and only if the present timestamp
 * is the one on which the publication was built, and in the same step makes the files visible and the roles current.
 * A reader sees all of it or nothing, in this process and in others. Whoever lost the race has changed nothing and
 * builds anew. Transactions that no publication has decided are simply taken up by the next: there is no other recovery.
 *
 * Whoever can write to this store can at most do what an index can (TRUST.md, section 1): it holds no keys.
 */
export interface IndexStore {
  /** The settings, or undefined where `found` never committed. */
  settings(): Promise<IndexSettings | undefined>;
  /** Makes the index: settings and the first publication in one step. Fails with FOLDER_NOT_EMPTY where there is one. */
  found(settings: IndexSettings, first: Publication): Promise<void>;

  /**
   * Every role's present version, root and timestamp included; with names, of those alone that are there, each by a
   * look-up of its own. All of one moment. At most {@link MAX_ROLE_NAMES} names.
   */
  roles(names?: readonly string[]): Promise<readonly RoleRecord[]>;
  /** A role's present file, or undefined. */
  role(name: string): Promise<RoleFile | undefined>;
  /** A role file as it was signed, or undefined. The timestamp is kept in its present version only. */
  roleFile(name: string, version: number): Promise<Uint8Array | undefined>;
  /** The present timestamp. Fails with NO_INDEX before `found`. */
  timestamp(): Promise<{ readonly version: number; readonly expires: number; readonly bytes: Uint8Array }>;

  /** Takes transactions in, each as a whole. Answers in their order. */
  submit(transactions: readonly NewTransaction[]): Promise<readonly Acceptance[]>;
  /** Transactions that no publication has decided yet, oldest first. */
  waiting(limit: number): Promise<readonly StoredTransaction[]>;
  transaction(id: number): Promise<StoredTransaction | undefined>;
  /** The record of all that was ever accepted. */
  transactions(query: TransactionQuery): Promise<readonly StoredTransaction[]>;
  /** Applies a publication; false when another one came first. */
  publish(publication: Publication): Promise<boolean>;
  /**
   * Holds claims that are proposed to a ceremony, in the place of all that were held before.
   * @param claims project to the version of its `p.` that is proposed
   * @param until when they are let go by themselves
   */
  holdClaims(claims: ReadonlyMap<string, number>, until: number): Promise<void>;
  /** The version of `p.` with which a project is held; undefined where it is not. */
  heldClaim(project: string, now: number): Promise<number | undefined>;
  /** Forgets role files superseded before the given time, those of `root` and `p.` roles excepted. Returns how many. */
  sweep(before: number): Promise<number>;

  /**
   * A number that differs when somebody has committed since: at once when it was this store, after
   * {@link MAX_CHANGE_DELAY_MS} at the latest when it was another process. Synchronous, and cheap enough to be asked
   * for at every request.
   */
  changeMark(): number;
  /** Projects whose pages changed after the publication of the given timestamp version. */
  changedSince(version: number): Promise<readonly string[]>;
  /** Bytes of all files of a project that are not deleted, those that wait for their publication included. */
  bytesOf(project: string): Promise<number>;
  /** The visible files of a project that has a page, or undefined. */
  visibleFiles(project: string): Promise<readonly VisibleFile[] | undefined>;
  /** Every file name a project has ever taken: visible, accepted, deleted. */
  filesOf(project: string): Promise<readonly StoredFile[]>;
  /** A file by its name, visible, accepted or deleted. */
  file(project: string, filename: string): Promise<StoredFile | undefined>;
  /** Projects with a page, sorted. */
  projects(): Promise<readonly string[]>;
  /** Pages, visible files, and transactions that wait. */
  counts(): Promise<{ readonly projects: number; readonly files: number; readonly accepted: number }>;

  close(): Promise<void>;
}

/** One change, as it is kept. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** An account's name, or `operator` for whoever works on the machine itself. */
  readonly actor: string;
  /** What kind of thing, and what was done to it, such as `token.create`. */
  readonly action: `${string}.${string}`;
  /** To what: an account, a token's id, a project, a file. */
  readonly subject: string;
  /** What else a reader wants to know. Never a secret. */
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export interface StoredAuditEntry extends AuditEntry {
  /** Goes up. */
  readonly id: number;
}

/**
 * Every change of the index that somebody asked for, in the order in which they were made. Entries are added after the
 * change they tell of: a crash in between loses the entry, never invents one. Whoever can write to the database can
 * also write here: this log tells an honest operator what happened, it proves nothing to others.
 */
export interface AuditLog {
  append(...entries: readonly AuditEntry[]): Promise<void>;
  /** Oldest first, behind an id; of one subject, or of all. */
  entries(query: {
    readonly after?: number;
    readonly subject?: string;
    readonly limit: number;
  }): Promise<readonly StoredAuditEntry[]>;
}

/** The actor of what is done on the command line of the index's own machine. */
export const OPERATOR = "operator";

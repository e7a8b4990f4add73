import type { ReceivedBlob } from "@countermark/repository";

/** A nonce for statements of one account. Times are milliseconds since the epoch, everywhere in this file. */
export interface NewChallenge {
  readonly nonce: string;
  readonly account: string;
  readonly expiresAt: number;
}

/** A developer's transaction until it is committed, or forgotten. */
export interface OpenTransaction {
  readonly id: string;
  readonly project: string;
  /** Who opened it. */
  readonly account: string;
  readonly openedAt: number;
  readonly expiresAt: number;
  /** When it was first committed; from then on it waits for others to sign. */
  readonly committedAt: number | undefined;
  readonly p: Uint8Array | undefined;
  readonly r: Uint8Array | undefined;
}

/** A file that a token alone has sent to a claimed project. */
export interface StagedUpload extends ReceivedBlob {
  readonly project: string;
  readonly folded: string;
  readonly by: string;
  readonly uploadedAt: number;
  readonly expiresAt: number;
}

/** Who claims a project that nobody had claimed. */
export interface NewClaim {
  readonly account: string;
  readonly project: string;
  readonly at: number;
}

/** How long claims of new projects are counted. */
export const NEW_CLAIMS_MS = 24 * 60 * 60 * 1000;

/** A newcomer's answer to an invitation: the body as it was sent. */
export interface JoinAnswer {
  readonly project: string;
  readonly invitation: string;
  readonly account: string;
  readonly body: Uint8Array;
  readonly sentAt: number;
}

/**
 * What an index keeps of developers' business before it is published. Each method is one transaction. Nothing in here is
 * believed by any installer: whoever can write to this store can lose uploads and answers, and no more.
 */
export interface ClaimsStore {
  addChallenge(challenge: NewChallenge): Promise<void>;
  /** Takes a nonce out of the world: true for one caller alone, where it was given out for this account and is alive. */
  takeChallenge(nonce: string, account: string, now: number): Promise<boolean>;

  open(transaction: Omit<OpenTransaction, "committedAt" | "p" | "r">): Promise<void>;
  transaction(id: string, now: number): Promise<OpenTransaction | undefined>;
  /** Those that wait for signatures, oldest first. */
  waiting(project: string, now: number): Promise<readonly OpenTransaction[]>;
  /** How many an account has open. */
  openCount(account: string, now: number): Promise<number>;
  /**
   * Keeps what was signed so far, and that it lists these files. The time of the first commit stays, and for each file
   * that of the first commit which listed it with this content.
   */
  keepRoles(
    id: string,
    roles: Pick<OpenTransaction, "p" | "r">,
    listed: readonly ReceivedBlob[],
    at: number,
  ): Promise<void>;
  close(id: string): Promise<void>;
  /** Another content under a name has not been listed by any commit; the same content is as before. */
  putFile(id: string, file: ReceivedBlob): Promise<void>;
  filesOf(id: string): Promise<readonly ReceivedBlob[]>;

  /** `conflict`: another content waits under this name. */
  stage(file: StagedUpload): Promise<"staged" | "known" | "conflict">;
  staged(project: string, now: number): Promise<readonly StagedUpload[]>;
  unstage(project: string, filenames: readonly string[]): Promise<number>;

  /** Which project each key serves as one of CI. */
  ciProjects(): Promise<ReadonlyMap<string, string>>;
  /** Notes whose they are; a key that serves another project already stays with it. */
  noteCiKeys(project: string, identities: readonly string[]): Promise<void>;

  /**
   * Notes that an account claims a new project. `full`: it has claimed `most` others since then. Again for the same
   * project is nothing new.
   */
  noteNewClaim(claim: NewClaim, since: number, most: number): Promise<"noted" | "full">;

  /** `full`: the account has sent `most` answers to others than this invitation, which wait still. */
  addJoin(join: JoinAnswer, most: number): Promise<"kept" | "full">;
  joins(project: string): Promise<readonly JoinAnswer[]>;

  /** Forgets what has expired. Returns how many rows. */
  sweep(now: number): Promise<number>;
}

import type { NameBar } from "../names/name-store.ts";

/** Who may do something to the index. Times are milliseconds since the epoch, everywhere in this file. */
export interface Account {
  /** As `parseAccountName` of `@countermark/identity` returns it. */
  readonly name: string;
  readonly createdAt: number;
  /** Since when none of its tokens and keys counts. */
  readonly disabledAt: number | undefined;
}

/** The public keys of one identity of an account. */
export interface NewAccountKeys {
  /** Counts up each time the keys of a kind are made anew; what derived keys are derived with. */
  readonly generation: number;
  /** Where the private keys live: `IdentityKind` of `@countermark/identity`. */
  readonly kind: string;
  /** The owner's word for it, such as `laptop`. */
  readonly label: string;
  /** Key objects (TUF 4.2), as canonical JSON. */
  readonly releaseKey: string;
  readonly loginKey: string;
  /** What tells decoded public keys apart, whatever they are labelled: `PublicKey.identity` of `@countermark/tuf`. */
  readonly releaseId: string;
  readonly loginId: string;
}

export interface AccountKeys extends NewAccountKeys {
  readonly id: number;
  readonly account: string;
  readonly enrolledAt: number;
  readonly retiredAt: number | undefined;
}

/** What a token may be used for. A session, which stands for its account, has no need of scopes. */
export type TokenScope = "upload" | "read";

/** A bearer secret as the index knows it: by its hash. */
export interface NewToken {
  /** Public, short, unique: what lists and logs call it. */
  readonly id: string;
  /** `tokenHash` of the secret. */
  readonly hash: string;
  readonly account: string;
  /** A `session` follows a login and stands for the account; a `token` does only what its scopes say. */
  readonly kind: "token" | "session";
  readonly label: string;
  readonly scopes: readonly TokenScope[];
  /** Normalised names; undefined: all that the account may touch. */
  readonly projects: readonly string[] | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface Token extends Omit<NewToken, "hash"> {
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

/** An `owner` may also change who is a member. */
export type MemberRole = "owner" | "maintainer";

export interface Member {
  /** Normalised. */
  readonly project: string;
  readonly account: string;
  readonly role: MemberRole;
  readonly since: number;
}

/** A code with which one account may be made. */
export interface NewInvitation {
  readonly id: string;
  /** `tokenHash` of the code. */
  readonly hash: string;
  /** For whom, in the operator's words. */
  readonly note: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface Invitation extends Omit<NewInvitation, "hash"> {
  readonly usedAt: number | undefined;
  /** Whose account was made with it. */
  readonly account: string | undefined;
}

export interface NewAccount {
  readonly name: string;
  readonly at: number;
  /** Keys that come into being together with the account, or not at all. */
  readonly keys?: NewAccountKeys;
  /** Hash of the invitation that this uses up. */
  readonly invitation?: string;
}

/**
 * People, their keys, tokens, memberships and invitations. Each method is one transaction: it happened as a whole or not
 * at all, and when its promise is fulfilled the outcome survives a crash of the machine. Where two calls want the same
 * name, key, project or invitation, one gets it and the other is told so: no caller looks first and writes then.
 *
 * No secret is in here: tokens and invitations are hashes of 160 random bits, keys are public ones. Whoever can write to
 * this store can make itself a member of every project, and upload to those that no developer signs for (TRUST.md,
 * section 1); files of claimed projects need signatures that are not here.
 */
export interface AccountStore {
  /** `taken`: the name, or the one by which logs call whoever works on the machine itself; `key-taken`: a key that some account has, or had; `not-invited`: unknown, used or expired. */
  addAccount(account: NewAccount): Promise<"added" | "taken" | "key-taken" | "not-invited">;
  account(name: string): Promise<Account | undefined>;
  /** Sorted by name. */
  accounts(): Promise<readonly Account[]>;
  /** Disables, or enables with undefined. False where there is no such account. */
  setDisabled(name: string, at: number | undefined): Promise<boolean>;

  /** `no-account` also for a disabled one. */
  addKeys(account: string, keys: NewAccountKeys, at: number): Promise<"added" | "key-taken" | "no-account">;
  /** All that ever were, oldest first. */
  keysOf(account: string): Promise<readonly AccountKeys[]>;
  /** False where the account has no such keys in use. */
  retireKeys(account: string, id: number, at: number): Promise<boolean>;

  /** `no-account` also for a disabled one. */
  addToken(token: NewToken): Promise<"added" | "no-account">;
  /** The token of a secret with this hash: neither expired nor revoked, of an account that is not disabled. */
  liveToken(hash: string, now: number): Promise<Token | undefined>;
  /** All but sessions, newest first; of one account, or of all. */
  tokens(account?: string): Promise<readonly Token[]>;
  /** False where there is none that is not revoked yet. Sessions too. */
  revokeToken(id: string, at: number): Promise<boolean>;
  /** Notes when tokens were used, by id. A later time that is known already stays. */
  touchTokens(used: ReadonlyMap<string, number>): Promise<void>;
  /** Forgets sessions that have expired before, and tokens that had expired 90 days earlier. Returns how many. */
  sweepTokens(before: number): Promise<number>;

  /**
   * The account's role in a project. Where the project is new, that is without members and without files, the account
   * becomes its owner in the same step, unless a rule for names bars it. Undefined: others' project.
   */
  joinOrFound(
    project: string,
    account: string,
    at: number,
  ): Promise<{ role: MemberRole; founded: boolean } | NameBar | undefined>;
  role(project: string, account: string): Promise<MemberRole | undefined>;
  /** Sorted by account. */
  members(project: string): Promise<readonly Member[]>;
  /** Sorted by project. */
  memberships(account: string): Promise<readonly Member[]>;
  /** Adds a member, or changes a role. `last-owner`: somebody has to stay owner. */
  setMember(member: Member): Promise<"set" | "no-account" | "last-owner">;
  removeMember(project: string, account: string): Promise<"removed" | "no-member" | "last-owner">;

  addInvitation(invitation: NewInvitation): Promise<void>;
  /** Newest first. */
  invitations(): Promise<readonly Invitation[]>;
}

/** How long a token that has expired stays listed. */
export const KEEP_EXPIRED_TOKENS_MS = 90 * 24 * 60 * 60 * 1000;

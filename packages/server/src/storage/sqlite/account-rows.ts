import type { Insertable, Selectable } from "kysely";
import type {
  Account,
  AccountKeys,
  Invitation,
  Member,
  NewAccountKeys,
  NewToken,
  Token,
  TokenScope,
} from "../../accounts/account-store.ts";
import type {
  AccountKeyTable,
  AccountTable,
  InvitationTable,
  ProjectMemberTable,
  TokenTable,
} from "./account-tables.ts";

/** An account's row, read. */
export function accountFrom(row: Selectable<AccountTable>): Account {
  return { name: row.name, createdAt: row.created_at, disabledAt: row.disabled_at ?? undefined };
}

/** Keys as their row. */
export function keysRow(account: string, keys: NewAccountKeys, at: number): Insertable<AccountKeyTable> {
  return {
    account,
    generation: keys.generation,
    kind: keys.kind,
    label: keys.label,
    release_key: keys.releaseKey,
    login_key: keys.loginKey,
    release_id: keys.releaseId,
    login_id: keys.loginId,
    enrolled_at: at,
    retired_at: null,
  };
}

/** The row of keys, read. */
export function keysFrom(row: Selectable<AccountKeyTable>): AccountKeys {
  return {
    id: row.id,
    account: row.account,
    generation: row.generation,
    kind: row.kind,
    label: row.label,
    releaseKey: row.release_key,
    loginKey: row.login_key,
    releaseId: row.release_id,
    loginId: row.login_id,
    enrolledAt: row.enrolled_at,
    retiredAt: row.retired_at ?? undefined,
  };
}

/** A token as its row. */
export function tokenRow(token: NewToken): Insertable<TokenTable> {
  return {
    id: token.id,
    hash: token.hash,
    account: token.account,
    kind: token.kind,
    label: token.label,
    scopes: token.scopes.join(" "),
    all_projects: token.projects === undefined ? 1 : 0,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    last_used_at: null,
    revoked_at: null,
  };
}

/** A token's row with its projects, read. */
export function tokenFrom(row: Selectable<TokenTable>, projects: readonly string[]): Token {
  return {
    id: row.id,
    account: row.account,
    kind: row.kind,
    label: row.label,
    scopes: row.scopes.split(" ").filter(isScope),
    projects: row.all_projects === 1 ? undefined : projects,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  };
}

function isScope(word: string): word is TokenScope {
  return word === "upload" || word === "read";
}

/** An invitation's row, read. */
export function invitationFrom(row: Selectable<InvitationTable>): Invitation {
  return {
    id: row.id,
    note: row.note,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at ?? undefined,
    account: row.account ?? undefined,
  };
}

/** A membership's row, read. */
export function memberFrom({ project, account, role, since }: Selectable<ProjectMemberTable>): Member {
  return { project, account, role, since };
}

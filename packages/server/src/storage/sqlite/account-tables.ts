import type { Generated, GeneratedAlways } from "kysely";

/** The tables of `sql/0002-accounts.sql`, column for column. */
export interface AccountTables {
  account: AccountTable;
  account_key: AccountKeyTable;
  token: TokenTable;
  token_project: TokenProjectTable;
  project_member: ProjectMemberTable;
  invitation: InvitationTable;
}

export interface AccountTable {
  name: string;
  created_at: number;
  disabled_at: number | null;
}

export interface AccountKeyTable {
  id: Generated<number>;
  account: string;
  generation: number;
  kind: string;
  label: string;
  release_key: string;
  login_key: string;
  release_id: string;
  login_id: string;
  enrolled_at: number;
  retired_at: number | null;
}

export interface TokenTable {
  id: string;
  hash: string;
  account: string;
  kind: "token" | "session";
  label: string;
  scopes: string;
  all_projects: number;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface TokenProjectTable {
  token: string;
  project: string;
}

export interface ProjectMemberTable {
  project: string;
  account: string;
  role: "owner" | "maintainer";
  since: number;
  confusable: GeneratedAlways<string>;
}

export interface InvitationTable {
  id: string;
  hash: string;
  note: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  account: string | null;
}

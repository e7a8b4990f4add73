import type { Protection, TransactionKind } from "@countermark/repository";
import type { Generated, GeneratedAlways } from "kysely";
import type { AccountTables } from "./account-tables.ts";
import type { ClaimsTables } from "./claims-tables.ts";

/** The tables of `sql/`, column for column. */
export interface Tables extends AccountTables, ClaimsTables {
  index_settings: SettingsTable;
  role: RoleTable;
  role_file: RoleFileTable;
  superseded_role_file: SupersededRoleFileTable;
  project: ProjectTable;
  file: FileTable;
  publication_transaction: TransactionTable;
  audit_log: AuditLogTable;
  name_rule: NameRuleTable;
  held_claim: HeldClaimTable;
  name_grant: { name: string; account: string };
}

export interface SettingsTable {
  id: number;
  repository_id: string;
  name: string;
  public_url: string | null;
  profile: string;
  shards: number;
  created_at: number;
}

export interface RoleTable {
  name: string;
  version: number;
  expires: number;
  length: number;
  sha256: string;
}

export interface RoleFileTable {
  name: string;
  version: number;
  bytes: Uint8Array;
}

export interface SupersededRoleFileTable {
  superseded_at: number;
  name: string;
  version: number;
}

export interface ProjectTable {
  name: string;
  shard: string;
  changed_in: number | null;
  listed: Generated<number>;
  protection: Generated<Protection>;
  confusable: GeneratedAlways<string>;
}

export interface FileTable {
  id: Generated<number>;
  project: string;
  filename: string;
  folded: string;
  kind: "wheel" | "sdist";
  version: string;
  sha256: string;
  length: number;
  upload_time: number;
  requires_python: string | null;
  core_metadata: string | null;
  yanked: string | null;
  adopted: number;
  published_in: number | null;
  transaction_id: number | null;
  deleted_in: number | null;
}

export interface TransactionTable {
  id: Generated<number>;
  kind: TransactionKind;
  project: string;
  payload: Uint8Array;
  accepted_by: string;
  accepted_at: number;
  nonce: string;
  seal: string;
  outcome: "published" | "refused" | null;
  code: string | null;
  reason: string | null;
  decided_at: number | null;
  published_in: number | null;
}

export interface HeldClaimTable {
  project: string;
  p_version: number;
  until: number;
}

export interface AuditLogTable {
  id: Generated<number>;
  at: number;
  actor: string;
  action: string;
  subject: string;
  detail: string;
}

export interface NameRuleTable {
  kind: "reserved" | "prohibited";
  name: string;
  look: string;
  whole: string;
  exact: number;
  imports: number;
  note: string;
  since: number;
}

/** The tables of `sql/0005-claims.sql`, `0007-listed-files.sql` and `0008-new-claims.sql`, column for column. */
export interface ClaimsTables {
  challenge: ChallengeTable;
  project_transaction: ProjectTransactionTable;
  project_transaction_file: ProjectTransactionFileTable;
  staged_file: StagedFileTable;
  ci_key: CiKeyTable;
  project_join: ProjectJoinTable;
  new_claim: NewClaimTable;
}

export interface ChallengeTable {
  nonce: string;
  account: string;
  expires_at: number;
}

export interface ProjectTransactionTable {
  id: string;
  project: string;
  account: string;
  opened_at: number;
  expires_at: number;
  committed_at: number | null;
  p: Uint8Array | null;
  r: Uint8Array | null;
}

export interface ReceivedColumns {
  filename: string;
  sha256: string;
  length: number;
  requires_python: string | null;
  core_metadata: string | null;
}

export interface ProjectTransactionFileTable extends ReceivedColumns {
  transaction_id: string;
  listed_at: number | null;
}

export interface StagedFileTable extends ReceivedColumns {
  project: string;
  folded: string;
  sent_by: string;
  uploaded_at: number;
  expires_at: number;
}

export interface CiKeyTable {
  identity: string;
  project: string;
}

export interface ProjectJoinTable {
  project: string;
  invitation: string;
  account: string;
  body: Uint8Array;
  sent_at: number;
}

export interface NewClaimTable {
  account: string;
  project: string;
  at: number;
}

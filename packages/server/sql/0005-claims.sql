-- Nonces that were given out and not yet used. Taking one deletes it: that is why none is good twice.
create table challenge (
  nonce text primary key,
  account text not null,
  expires_at integer not null
) strict, without rowid;

create index challenge_expires on challenge (expires_at);

-- Transactions of developers until they are committed. p, r: signed so far, of those that wait for others to sign.
create table project_transaction (
  id text primary key,
  project text not null,
  account text not null references account (name),
  opened_at integer not null,
  expires_at integer not null,
  committed_at integer,
  p blob,
  r blob
) strict, without rowid;

create index project_transaction_project on project_transaction (project);
create index project_transaction_expires on project_transaction (expires_at);

-- Files that were received for a transaction, checked and put into the store.
create table project_transaction_file (
  transaction_id text not null references project_transaction (id) on delete cascade,
  filename text not null,
  sha256 text not null,
  length integer not null,
  requires_python text,
  core_metadata text,
  primary key (transaction_id, filename)
) strict, without rowid;

-- Files that a token alone has sent to a claimed project.
create table staged_file (
  project text not null,
  filename text not null,
  folded text not null,
  sha256 text not null,
  length integer not null,
  requires_python text,
  core_metadata text,
  sent_by text not null,
  uploaded_at integer not null,
  expires_at integer not null,
  primary key (project, folded)
) strict, without rowid;

create index staged_file_expires on staged_file (expires_at);

-- A key of CI serves one project, for ever.
create table ci_key (
  identity text primary key,
  project text not null
) strict, without rowid;

-- Answers to invitations, until the owner has read them.
create table project_join (
  project text not null,
  invitation text not null,
  account text not null references account (name),
  body blob not null,
  sent_at integer not null,
  primary key (project, invitation, account)
) strict, without rowid;

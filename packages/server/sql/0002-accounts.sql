-- People, and machines of theirs, who may do something to the index.
create table account (
  name text primary key,
  created_at integer not null,
  disabled_at integer
) strict, without rowid;

-- The public keys of accounts, one row for each identity; key objects as TUF writes them (4.2).
-- release_id and login_id: what tells keys apart, whatever their label. No key serves two accounts.
create table account_key (
  id integer primary key,
  account text not null references account (name),
  generation integer not null,
  kind text not null,
  label text not null,
  release_key text not null,
  login_key text not null,
  release_id text not null unique,
  login_id text not null unique,
  enrolled_at integer not null,
  retired_at integer
) strict;

create index account_key_account on account_key (account);

-- Bearer tokens and sessions: only a hash of the secret. scopes: words with spaces between.
-- all_projects: 1 for a token that no row of token_project narrows.
create table token (
  id text primary key,
  hash text not null unique,
  account text not null references account (name),
  kind text not null check (kind in ('token', 'session')),
  label text not null,
  scopes text not null,
  all_projects integer not null check (all_projects in (0, 1)),
  created_at integer not null,
  expires_at integer not null,
  last_used_at integer,
  revoked_at integer
) strict, without rowid;

create index token_account on token (account);
create index token_expires on token (expires_at);

create table token_project (
  token text not null references token (id) on delete cascade,
  project text not null,
  primary key (token, project)
) strict, without rowid;

-- Who may upload to a project that no developer signs for. The project may have no file yet.
create table project_member (
  project text not null,
  account text not null references account (name),
  role text not null check (role in ('owner', 'maintainer')),
  since integer not null,
  primary key (project, account)
) strict, without rowid;

create index project_member_account on project_member (account);

-- Codes with which one account may be made, where the operator demands them. hash: of the code.
create table invitation (
  id text primary key,
  hash text not null unique,
  note text not null,
  created_at integer not null,
  expires_at integer not null,
  used_at integer,
  account text references account (name)
) strict, without rowid;

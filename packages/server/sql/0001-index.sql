-- The index itself: exactly one row, written by the same transaction as the first role files.
create table index_settings (
  id integer primary key check (id = 1),
  repository_id text not null,
  name text not null,
  public_url text,
  profile text not null,
  shards integer not null,
  created_at integer not null
) strict;

-- The present version of every role.
create table role (
  name text primary key,
  version integer not null,
  expires integer not null,
  length integer not null,
  sha256 text not null
) strict, without rowid;

-- Every role file that clients may still ask for. Immutable but for superseded_at.
create table role_file (
  name text not null,
  version integer not null,
  bytes blob not null,
  superseded_at integer,
  primary key (name, version)
) strict;

create index role_file_superseded on role_file (superseded_at) where superseded_at is not null;

-- changed_in: version of the timestamp with which the project's page last changed; null before its first.
create table project (
  name text primary key,
  shard text not null,
  changed_in integer
) strict;

create index project_shard on project (shard);
create index project_changed on project (changed_in);

-- The truth about files that no developer signs for. published_in: version of the timestamp that made the file
-- visible; null for a file that is accepted but in no signed role yet.
create table file (
  id integer primary key,
  project text not null references project (name),
  filename text not null,
  folded text not null,
  kind text not null check (kind in ('wheel', 'sdist')),
  version text not null,
  sha256 text not null,
  length integer not null,
  upload_time integer not null,
  requires_python text,
  core_metadata text,
  yanked text,
  adopted integer not null check (adopted in (0, 1)),
  published_in integer,
  unique (project, filename),
  unique (project, folded)
) strict;

create index file_accepted on file (id) where published_in is null;

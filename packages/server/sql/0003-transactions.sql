-- Every change that was ever accepted, with what became of it. Never deleted. outcome: null while it waits.
create table publication_transaction (
  id integer primary key,
  kind text not null check (kind in ('files', 'yank', 'unyank', 'delete', 'status', 'project')),
  project text not null,
  payload blob not null,
  accepted_by text not null,
  accepted_at integer not null,
  nonce text not null unique,
  seal text not null,
  outcome text check (outcome in ('published', 'refused')),
  code text,
  reason text,
  decided_at integer,
  published_in integer
) strict;

create index publication_transaction_waiting on publication_transaction (id) where outcome is null;
create index publication_transaction_project on publication_transaction (project, id);

-- The transaction that reserved the name. A row whose transaction was refused goes; one that was deleted stays for
-- ever, so that its name is never used again.
alter table file add column transaction_id integer references publication_transaction (id);
alter table file add column deleted_in integer;

create index file_transaction on file (transaction_id) where published_in is null;

-- listed: whether the project has a page. protection: who stands behind its files.
alter table project add column listed integer not null default 0 check (listed in (0, 1));
alter table project add column protection text not null default 'unclaimed';

update project set listed = 1 where changed_in is not null;

-- Which accounts have claimed new projects in the last day.
create table new_claim (
  account text not null,
  project text not null,
  at integer not null,
  primary key (account, project)
) strict, without rowid;

create index new_claim_at on new_claim (at);

-- How a name looks: two new names may not look alike. The same folding as confusableForm() of packages/packaging; a
-- test holds the two together.
alter table project add column confusable text
  generated always as (replace(replace(replace(replace(name, '-', ''), 'i', '1'), 'l', '1'), 'o', '0')) virtual;
create index project_confusable on project (confusable);

alter table project_member add column confusable text
  generated always as (replace(replace(replace(replace(project, '-', ''), 'i', '1'), 'l', '1'), 'o', '0')) virtual;
create index project_member_confusable on project_member (confusable);

-- What the operator says about names that nobody has yet. reserved: the name, and all that begin with it and a hyphen
-- unless exact; imports: the operator's own imports may begin it. look, whole: what is looked up, see src/names.
create table name_rule (
  kind text not null check (kind in ('reserved', 'prohibited')),
  name text not null,
  look text not null,
  whole text not null,
  exact integer not null check (exact in (0, 1)),
  imports integer not null check (imports in (0, 1)),
  note text not null,
  since integer not null,
  primary key (kind, name)
) strict, without rowid;

create index name_rule_look on name_rule (look);
create index name_rule_whole on name_rule (whole);

-- For whom a name is reserved.
create table name_grant (
  name text not null,
  account text not null references account (name),
  primary key (name, account)
) strict, without rowid;

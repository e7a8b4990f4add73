-- Role files never change. When another version took the place of one stands apart: SQLite would write a whole large file
-- again for it. Of root and of developers' roles every version stays, so they have no row here.
create table superseded_role_file (
  superseded_at integer not null,
  name text not null,
  version integer not null,
  primary key (superseded_at, name, version)
) strict, without rowid;

insert into superseded_role_file (superseded_at, name, version)
select superseded_at, name, version from role_file
where superseded_at is not null and name <> 'root' and name not like 'p.%';

drop index role_file_superseded;
alter table role_file drop column superseded_at;

-- What was changed, by whom. Rows are only added. detail: JSON, never a secret.
create table audit_log (
  id integer primary key,
  at integer not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail text not null
) strict;

create index audit_log_subject on audit_log (subject, id);

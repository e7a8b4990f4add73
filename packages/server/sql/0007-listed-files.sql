-- When a commit first listed the file: what its upload time is judged by. Null until then.
alter table project_transaction_file add column listed_at integer;

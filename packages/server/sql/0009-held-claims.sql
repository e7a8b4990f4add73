-- Claims that holders of the offline keys are deciding about, each with the version of p. that was proposed to them.
create table held_claim (
  project text primary key,
  p_version integer not null,
  until integer not null
) strict, without rowid;

/**
 * The steps that make the tables of the trusted state, each once and in this order; `PRAGMA user_version` counts those that
 * were made. Times are milliseconds since the epoch, digests lower-case hex.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE repository (
  id TEXT PRIMARY KEY,            -- SHA-256 of its first root, byte for byte: what the user pinned
  url TEXT NOT NULL UNIQUE,       -- base URL, ends in a slash
  first_root BLOB NOT NULL,
  pinned_at INTEGER NOT NULL,
  trusted_time INTEGER NOT NULL   -- latest reference time at which a fresh timestamp was verified
) STRICT, WITHOUT ROWID;

CREATE TABLE trusted (            -- newest verified top-level files: what a rollback is measured against (TUF 5.3 - 5.5)
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('root', 'timestamp', 'snapshot')),
  version INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (repository, role)
) STRICT;

CREATE TABLE floor (              -- lowest version still accepted of a role that was verified here before
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  role TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (repository, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (            -- this file was verified as this role under this delegating file
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  role TEXT NOT NULL,
  delegator TEXT NOT NULL,        -- SHA-256 of the delegating file
  file TEXT NOT NULL,             -- SHA-256 of the file
  version INTEGER NOT NULL,
  PRIMARY KEY (repository, role, delegator, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE inspected (          -- this wheel's own METADATA has this digest
  wheel TEXT NOT NULL,
  metadata TEXT NOT NULL,
  PRIMARY KEY (wheel, metadata)
) STRICT, WITHOUT ROWID;

CREATE TABLE secret (             -- secrets of this user's own doors
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE project (            -- who stood behind a project when it was last seen here
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  name TEXT NOT NULL,
  protection TEXT NOT NULL,
  epoch INTEGER NOT NULL,         -- of recently-claimed, as targets said
  owners TEXT,                    -- {"keys":{id: key object},"threshold":n}, as the delegation said; none of an unclaimed one
  PRIMARY KEY (repository, name)
) STRICT, WITHOUT ROWID;
`,
  `
DELETE FROM project WHERE owners IS NOT NULL;  -- whole keys, as only unreleased versions wrote them;
                                -- now {"keys":[identities, sorted],"threshold":n}, as the delegation says, and
                                -- "p":{"version":n,"sha256":...}: the file from which the chain of owners goes on

CREATE TABLE handed_out (         -- files that an installer was given: their names never stand for other bytes again
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  project TEXT NOT NULL,
  filename TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (repository, project, filename)
) STRICT, WITHOUT ROWID;
`,
  `
ALTER TABLE project ADD COLUMN root INTEGER NOT NULL DEFAULT 0;     -- versions of what it was seen under: who
ALTER TABLE project ADD COLUMN snapshot INTEGER NOT NULL DEFAULT 0; -- looks at an older index does not overwrite it
`,
  `
CREATE TABLE confirmed (          -- a person confirmed that this project is installed from this index
  project TEXT NOT NULL,          -- path of its countermark.toml
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  PRIMARY KEY (project, repository)
) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE account (            -- who this user is to an index: names and public keys, never a secret
  repository TEXT NOT NULL REFERENCES repository ON DELETE CASCADE,
  name TEXT NOT NULL,
  generation INTEGER NOT NULL,    -- of a derived identity
  source TEXT NOT NULL,           -- where the keys come from, as JSON
  release TEXT NOT NULL,          -- identities of the public keys: a mistyped passphrase is noticed before anything is sent
  login TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (repository, name)
) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE read_token (         -- with what a private index is read; goes with the index, and to it alone
  repository TEXT PRIMARY KEY REFERENCES repository ON DELETE CASCADE,
  token TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
];

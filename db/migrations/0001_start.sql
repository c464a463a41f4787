-- Keys of every kind; the secret itself is never kept.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  project TEXT,
  session TEXT,
  spawner TEXT,
  scopes TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
);
-- The directory of projects; what happens in one is its Durable Object's business.
CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  needs_you INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0
);
-- The archive of every project's log. Without a rowid, a row costs one write, not two.
CREATE TABLE entries (
  project TEXT NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (project, seq)
) WITHOUT ROWID;
CREATE TABLE sessions (
  project TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  agent TEXT NOT NULL,
  outcome TEXT NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  state TEXT NOT NULL,
  PRIMARY KEY (project, id)
) WITHOUT ROWID;

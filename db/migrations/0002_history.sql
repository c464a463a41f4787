-- How far the history of each project goes: from `begins` to `seq`. It moves together with what it stands for, so what is
-- sent twice is counted once. `number` stands for the project where a whole id would cost too much.
CREATE TABLE archives (
  number INTEGER PRIMARY KEY,
  project TEXT NOT NULL UNIQUE,
  seq INTEGER NOT NULL DEFAULT 0,
  begins INTEGER NOT NULL DEFAULT 1
);
-- Which entries are about a subject (a session, a task, a type of entry): a row for each subject of a batch that was
-- archived, so that a list by subject reads no others. `seqs` is a JSON array.
CREATE TABLE postings (
  project TEXT NOT NULL,
  subject TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  seqs TEXT NOT NULL,
  PRIMARY KEY (project, subject, first)
) WITHOUT ROWID;
-- Tools that were used, by day (UTC) and agent. They stay when entries go.
CREATE TABLE tool_days (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  agent TEXT NOT NULL,
  tool TEXT NOT NULL,
  calls INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  PRIMARY KEY (project, day, agent, tool)
) WITHOUT ROWID;
-- The words of entries, in documents of up to 32 neighbours: the number of the project times 2^36 plus the first seq. The
-- text itself is in the entries. Words come here as db/words.ts makes them, so the tokenizer has nothing left to do.
CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
CREATE INDEX sessions_by_end ON sessions (project, ended_at, id);

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The tables of D1 as db/migrations makes them. Times are ms since 1970. */
export const keys = sqliteTable('keys', {
  id: text().primaryKey(),
  hash: text().notNull().unique(),
  kind: text().notNull(),
  name: text().notNull(),
  project: text(),
  session: text(),
  spawner: text(),
  scopes: text().notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  lastUsedAt: integer('last_used_at'),
  revokedAt: integer('revoked_at'),
})

export const projects = sqliteTable('projects', {
  id: text().primaryKey(),
  name: text().notNull(),
  createdAt: integer('created_at').notNull(),
  needsYou: integer('needs_you').notNull().default(0),
  running: integer().notNull().default(0),
})

export const entries = sqliteTable(
  'entries',
  {
    project: text().notNull(),
    seq: integer().notNull(),
    id: text().notNull(),
    at: integer().notNull(),
    by: text().notNull(),
    type: text().notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.seq] })],
)

export const sessions = sqliteTable(
  'sessions',
  {
    project: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    agent: text().notNull(),
    outcome: text().notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    state: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.id] })],
)

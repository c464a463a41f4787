import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The directory's tables of D1, as db/migrations makes them. Times are ms since 1970. */
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

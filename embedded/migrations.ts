import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Statement } from './door.ts'
import type { Engine } from './engine.ts'

// The same table that wrangler keeps, so that `wrangler d1 migrations apply` and this agree on what was applied.
const createTable = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`

/** Applies what is new in the folder, in order, each with its record in one transaction; answers their names. */
export async function migrate(engine: Pick<Engine, 'sql'>, folder: string): Promise<string[]> {
  const [, rows] = await engine.sql([{ sql: createTable }, { sql: 'SELECT name FROM "d1_migrations" ORDER BY id' }])
  const applied = new Set(rows!.map((row) => row.name))
  const missing = migrationNames(folder).filter((name) => !applied.has(name))
  for (const name of missing) {
    const statements = splitStatements(readFileSync(join(folder, name), 'utf8'))
    await engine.sql([...statements, { sql: 'INSERT INTO "d1_migrations" (name) VALUES (?)', values: [name] }])
  }
  return missing
}

function migrationNames(folder: string): string[] {
  if (!existsSync(folder)) return []
  const number = (name: string) => Number.parseInt(name, 10) || 0
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1))
}

/** D1 prepares one statement at a time. Semicolons within quotes, comments and trigger bodies do not end one. */
export function splitStatements(script: string): Statement[] {
  const statements: string[] = []
  let current = ''
  for (const [token] of script.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|;|[^-/'"`;]+|[\s\S]/g,
  )) {
    if (token.startsWith('--') || token.startsWith('/*')) current += ' '
    else if (token !== ';' || isInsideTrigger(current)) current += token
    else {
      statements.push(current)
      current = ''
    }
  }
  return [...statements, current].flatMap((sql) => (sql.trim() ? [{ sql: sql.trim() }] : []))
}

function isInsideTrigger(sql: string): boolean {
  return /^\s*create\s+(temp\w*\s+)?trigger\b/i.test(sql) && !/\bend\s*$/i.test(sql)
}

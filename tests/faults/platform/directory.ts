import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const migrations = join(import.meta.dirname, '../../../db/migrations')

/** An empty D1 with our tables. */
export function newDirectory(): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  for (const name of readdirSync(migrations).sort()) database.exec(readFileSync(join(migrations, name), 'utf8'))
  return database
}

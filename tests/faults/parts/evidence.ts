import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Client } from '../../../client/client.ts'
import type { Home } from '../../../embedded/home.ts'
import type { ProjectId } from '../../../protocol/ids.ts'
import type { Entry } from '../../../protocol/project.ts'

/** An entry as D1 holds it: its data is JSON text. */
export type HistoryRow = { seq: number; id: string; at: number; by: string; type: string; data: string }

/** A line that some part of the product wrote for its operator. */
export type Line = { file: string; text: string }

/** What became of the hook events that did not go the usual way. */
export type Spool = { waiting: number; unfinished: number; setAside: number; dropped: number }

/** The whole log, page by page. */
export async function wholeLog(client: Client): Promise<Entry[]> {
  const log: Entry[] = []
  for (let more = true; more; ) {
    const page = await client.askProject('entry.list', { since: log.at(-1)?.seq ?? 0, limit: 1_000 })
    log.push(...page.entries.map(({ event: _, ...entry }) => entry as Entry)) // `event` repeats the type
    more = page.more
  }
  return log
}

/** The entries in D1 as its files hold them; the server must be down, or dead. */
export function historyOf(home: Home, project: ProjectId): HistoryRow[] {
  const folder = join(home.data, 'd1')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sqlite'))
  const rows = files.flatMap((name) => read(join(folder, name), project) ?? [])
  return rows.sort((a, b) => a.seq - b.seq)
}

/** From a copy: opening what a dead server left would change it. */
function read(file: string, project: ProjectId): HistoryRow[] | undefined {
  const copy = mkdtempSync(join(tmpdir(), 'maestro-evidence-'))
  for (const path of [file, `${file}-wal`]) if (existsSync(path)) cpSync(path, join(copy, basename(path)))
  const database = new DatabaseSync(join(copy, basename(file)))
  try {
    if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'entries'").get()) return undefined
    const query = 'SELECT seq, id, at, "by", type, data FROM entries WHERE project = ? ORDER BY seq'
    return database.prepare(query).all(project) as HistoryRow[] // the columns of db/migrations
  } finally {
    database.close()
    rmSync(copy, { recursive: true })
  }
}

/** What the server, the daemon and the holders wrote. */
export function linesOf(home: Home): Line[] {
  const logs = ['server.log', 'spawner.log'].map((name) => join(home.run, name))
  const holders = readdirSync(home.sessions).map((session) => join(home.sessions, session, 'holder.log'))
  return [...logs, ...holders].flatMap((path) => linesIn(path, path.slice(home.root.length + 1)))
}

function linesIn(path: string, file: string): Line[] {
  return existsSync(path) ? linesFrom(readFileSync(path, 'utf8'), file) : []
}

export function linesFrom(text: string, file: string): Line[] {
  const lines = text.split('\n').filter(Boolean)
  return lines.map((line) => ({ file, text: line }))
}

/** How often each session's program has been started, by the program's own word. */
export function startsIn(home: Home): Map<string, number> {
  const files = readdirSync(home.sessions).map((session) => [session, join(home.sessions, session, 'starts')] as const)
  const there = files.filter(([, file]) => existsSync(file))
  return new Map(there.map(([session, file]) => [session, linesIn(file, session).length]))
}

export function spoolOf({ spool }: Home): Spool {
  const count = (name: string) => readdirSync(join(spool, name)).length
  const dropped = (statSync(join(spool, 'dropped'), { throwIfNoEntry: false })?.size ?? 0) / 2 // a line of two bytes each
  return { waiting: count('new'), unfinished: count('tmp'), setAside: count('bad'), dropped }
}

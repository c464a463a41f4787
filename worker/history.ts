import type { Context } from 'hono'
import type { ToolDay } from '../db/digest.ts'
import { textOf } from '../db/entry-words.ts'
import type { EntryRow } from '../db/history.ts'
import { endedSession, endedSessions, toolDays } from '../db/past.ts'
import { search } from '../db/search.ts'
import { subjectsOf } from '../db/subjects.ts'
import { phrasesOf } from '../db/words.ts'
import type { Outcome } from '../durable-objects/outcome.ts'
import type { ProjectAnswer } from '../protocol/directory.ts'
import { type ErrorBody, MaestroError, refuse } from '../protocol/errors.ts'
import type { historyRoutes } from '../protocol/history.ts'
import type { SessionId, TaskId } from '../protocol/ids.ts'
import type { Session } from '../protocol/model.ts'
import type { Query } from '../protocol/queries.ts'
import type { App } from './env.ts'

type Input<K extends keyof typeof historyRoutes> = (typeof historyRoutes)[K]['input']['_zod']['output']
type Answers = {
  [K in keyof typeof historyRoutes]: (c: Context<App>, input: Input<K>) => Promise<ProjectAnswer[K]>
}

const DAY = 24 * 60 * 60_000
/** Without a first day, so many days are told of. */
const DAYS = 30
const EXCERPT = 300

/** What is answered of a project's history, by the names in protocol/history.ts. */
export const historyAnswers: Answers = {
  async 'history.search'(c, { text, before, limit }) {
    const phrases = phrasesOf(text)
    if (phrases.length === 0) refuse('invalid_input', 'There is no word in this text', { field: 'text' })
    const fresh = await unwrapped(objectOf(c).findFresh(c.var.actor, phrases, before ?? Number.MAX_SAFE_INTEGER, limit))
    const { rows } = fresh
    const rest = limit - rows.length
    const older =
      fresh.through && rest > 0
        ? await search(c.env.DB, c.var.project, phrases, fresh.before, rest)
        : { rows: [], before: fresh.before }
    return { items: [...rows, ...older.rows].map((row) => itemOf(row, phrases)), before: older.before }
  },

  async 'history.sessions'(c, { limit, cursor }) {
    await unwrapped(objectOf(c).mayConnect(c.var.actor, null)) // an ended session's key is good for nothing
    const [, endedAt, id] = /^(\d+)\.(\w+)$/.exec(cursor ?? '') ?? []
    if (cursor && !id) refuse('invalid_input', `${cursor} is no cursor of this list`, { field: 'cursor' })
    const after = id ? { endedAt: Number(endedAt), id } : undefined
    const states = await endedSessions(c.env.DB, c.var.project, limit + 1, after)
    const items = states.slice(0, limit).map((state) => JSON.parse(state) as Session) // the archive wrote it
    const last = items.at(-1)
    return { items, cursor: states.length > limit && last ? `${last.endedAt}.${last.id}` : null }
  },

  async 'history.tools'(c, { to = dayOf(Date.now()), from = dayOf(Date.parse(to) - DAYS * DAY + DAY) }) {
    const { seq, rows } = await toolDays(c.env.DB, c.var.project, from, to)
    const fresh = (await unwrapped(objectOf(c).toolsAfter(c.var.actor, seq))) as ToolDay[] // the way here says less of it
    const inside = fresh.filter(([day]) => day >= from && day <= to)
    const items = summed([...rows, ...inside]).map(([day, agent, tool, calls, failures, ms]) => {
      return { day, agent, tool, calls, failures, ms }
    })
    return { from, to, items }
  },
}

/** What history knows of a session that the project has forgotten, as JSON text. */
export async function pastSession(c: Context<App>, query: Query, { error }: ErrorBody): Promise<string | undefined> {
  if (query.type !== 'session.show' || error !== 'session_not_found') return undefined
  return endedSession(c.env.DB, c.var.project, query.session)
}

function objectOf(c: Context<App>) {
  return c.env.PROJECTS.getByName(c.var.project)
}

async function unwrapped<T>(asked: Promise<Outcome<T>>): Promise<T> {
  const outcome = await asked
  if (outcome.ok) return outcome.value
  throw MaestroError.from(outcome.error)
}

function itemOf(row: EntryRow, phrases: string[][]) {
  const { seq, at, by, type } = row
  const about = [...subjectsOf(row)]
  const session = (about.find((id) => id.startsWith('sess_')) ?? null) as SessionId | null // what begins so is one
  const task = (about.find((id) => id.startsWith('task_')) ?? null) as TaskId | null
  return { seq, at, by, type, text: excerpt(textOf(row), phrases), session, task }
}

/** As much of `text` as shows where the first of the words is. */
function excerpt(text: string, [phrase]: string[][]): string {
  const at = text.toLowerCase().indexOf(phrase![0]!)
  const from = Math.max(0, Math.min(at - EXCERPT / 3, text.length - EXCERPT))
  const part = text.slice(from, from + EXCERPT).trim()
  return `${from > 0 ? '…' : ''}${part}${from + EXCERPT < text.length ? '…' : ''}`
}

/** One count for each day, agent and tool, in this order. */
function summed(counts: ToolDay[]): ToolDay[] {
  const sums = new Map<string, ToolDay>()
  for (const [day, agent, tool, calls, failures, ms] of counts) {
    const key = JSON.stringify([day, agent, tool])
    const [, , , c, f, t] = sums.get(key) ?? [day, agent, tool, 0, 0, 0]
    sums.set(key, [day, agent, tool, c + calls, f + failures, t + ms])
  }
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)

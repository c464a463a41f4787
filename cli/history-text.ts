import type { ProjectAnswer } from '../protocol/directory.ts'
import type { Project, Session } from '../protocol/model.ts'
import { clock } from './entry-text.ts'
import { ago, type Column, type Look, lasting, shorten, table, wide } from './look.ts'
import { sessionStatus } from './status-words.ts'

type Found = ProjectAnswer['history.search']['items'][number]
type ToolDay = ProjectAnswer['history.tools']['items'][number]

/** One line for each: when, its number, whose it was, what was said. */
export function foundLines(items: Found[], { paint, now, width }: Look, project: Project | undefined): string {
  const when = items.map(({ at }) => clock(at, now))
  const number = items.map(({ seq }) => String(seq))
  const whose = items.map(({ session, task, by }) => {
    const name = (session && project?.sessions[session]?.name) || (task && project?.tasks[task]?.title)
    return shorten(name || by.replace(/^person:/, ''), 22)
  })
  const columns = [when, number, whose].map((texts) => Math.max(...texts.map(wide)))
  const pad = (text: string, column: number) => text + ' '.repeat(columns[column]! - wide(text))
  const lines = items.map(({ text }, i) => {
    const head = `${pad(when[i]!, 0)}  ${pad(number[i]!, 1)}  ${pad(whose[i]!, 2)}`
    const said = text.replace(/\s*[\n\t]\s*/g, ' ↵ ').trim()
    const room = width === undefined ? Number.POSITIVE_INFINITY : width - wide(head) - 2
    return `${paint.dim(head)}  ${room > 8 ? shorten(said, room) : said}`
  })
  return lines.join('\n')
}

export function endedTable(sessions: Session[], look: Look): string {
  const columns: Column<Session>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'outcome', cell: (session) => sessionStatus(session, look) },
    { title: 'name', cell: ({ name }) => name, flexible: true },
    { title: 'agent', cell: ({ agent }) => agent, spare: true },
    { title: 'reason', cell: ({ reason }) => reason ?? '', flexible: true },
    { title: 'tools', cell: ({ tools }) => calls(tools), right: true, spare: true },
    { title: 'ran', cell: ran, right: true },
    { title: 'ended', cell: ({ endedAt }) => (endedAt === null ? '' : ago(endedAt, look.now)), right: true },
  ]
  return table(sessions, columns, look)
}

const calls = (tools: Session['tools']) => String(Object.values(tools).reduce((sum, { calls }) => sum + calls, 0) || '')

const ran = ({ startedAt, endedAt }: Session) =>
  startedAt === null || endedAt === null ? '' : lasting(Math.max(0, endedAt - startedAt))

/** Sums of what was used: of each tool or agent, the most used first; of each day, in order. */
export function toolsTable(items: ToolDay[], by: 'tool' | 'day' | 'agent', look: Look): string {
  const sums = new Map<string, ToolDay>()
  for (const item of items) {
    const { calls, failures, ms } = sums.get(item[by]) ?? { calls: 0, failures: 0, ms: 0 }
    const sum = { calls: calls + item.calls, failures: failures + item.failures, ms: ms + item.ms }
    sums.set(item[by], { ...item, ...sum })
  }
  const rows = [...sums.values()].sort((a, b) => (by === 'day' ? a.day.localeCompare(b.day) : b.calls - a.calls))
  const columns: Column<ToolDay>[] = [
    { title: by, cell: (row) => row[by], flexible: true },
    { title: 'calls', cell: ({ calls }) => String(calls), right: true },
    { title: 'failed', cell: ({ failures }) => (failures ? String(failures) : ''), right: true },
    { title: 'time', cell: ({ ms }) => (ms ? lasting(ms) : ''), right: true },
    { title: 'each', cell: ({ ms, calls }) => (ms ? `${Math.round(ms / calls)} ms` : ''), right: true, spare: true },
  ]
  return table(rows, columns, look)
}

import type { Frozen } from '../protocol/model.ts'
import { allTokens } from '../protocol/usage.ts'
import { ago, type Column, count, indent, type Look, lasting, table } from './look.ts'
import type { Attention, Machine, Overview, Working } from './overview.ts'
import { sessionStatus, spawnerStatus, taskStatus } from './status-words.ts'
import { spentInWords } from './tokens-text.ts'

const MOST = 10

export function overviewPage({ project, needsYou, working, ready, machines, used }: Overview, look: Look): string {
  const { paint } = look
  const narrower = { ...look, width: look.width && look.width - 2 }
  const part = <T>(title: string, rows: T[], columns: Column<T>[], none: string) => {
    const head = `${paint.bold(title)}${rows.length ? ` ${paint.dim(String(rows.length))}` : ''}`
    if (rows.length === 0) return `${head}  ${paint.dim(none)}`
    const shown = look.width === undefined ? rows : rows.slice(0, MOST)
    const rest = rows.length - shown.length
    const lines = [table(shown, columns, narrower), ...(rest > 0 ? [paint.dim(`and ${rest} more`)] : [])]
    return `${head}\n${indent(lines.join('\n'))}`
  }
  return [
    paint.bold(project.name),
    ...(project.frozen ? [paint.cyan(`Frozen ${frozenText(project.frozen, look)}; nothing is started or typed`)] : []),
    part('Needs you', needsYou, attention(look), 'nothing') + mendsOf(needsYou, look),
    part('Working', working, workers(look), 'nobody'),
    part('Ready', ready, readyOnes, 'no task'),
    part('Machines', machines, machineColumns(look), 'none has connected yet'),
    ...(allTokens(used.tokens) > 0 ? [`${paint.bold('Used')}  ${spentInWords(used.tokens, used)}`] : []),
  ].join('\n\n')
}

/** `2 min ago by ann: too many of them` */
export function frozenText({ by, at, reason }: Frozen, { now }: Look): string {
  return `${ago(at, now)} by ${by.replace(/^person:/, '')}${reason && `: ${reason}`}`
}

/** A command is no good when it is cut, so it stands below the table. */
function mendsOf(needsYou: Attention[], { paint, width }: Look): string {
  const mends = needsYou.slice(0, width === undefined ? undefined : MOST).flatMap(({ mend }) => mend ?? [])
  return mends.map((mend) => `\n  ${paint.dim(`→ ${mend}`)}`).join('')
}

const attention = (look: Look): Column<Attention>[] => [
  { title: 'id', cell: ({ id }) => id },
  { title: 'status', cell: (one) => statusOf(one, look) },
  { title: 'name', cell: ({ name }) => name, flexible: true },
  { title: 'why', cell: ({ why }) => why, flexible: true },
  { title: 'for', cell: ({ since }) => lasting(Math.max(0, look.now - since)), right: true },
]

function statusOf(one: Attention, look: Look): string {
  return one.kind === 'task' ? taskStatus(one, look) : sessionStatus({ status: one.status, outcome: null }, look)
}

const workers = (look: Look): Column<Working>[] => [
  { title: 'id', cell: ({ id }) => id },
  { title: 'status', cell: ({ status }) => sessionStatus({ status, outcome: null }, look) },
  { title: 'name', cell: ({ name }) => name, flexible: true },
  { title: 'now', cell: ({ now }) => now, flexible: true },
  { title: 'for', cell: ({ since }) => lasting(Math.max(0, look.now - since)), right: true },
]

const readyOnes: Column<Overview['ready'][number]>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'priority', cell: ({ priority }) => priority },
  { title: 'title', cell: ({ title }) => title, flexible: true },
]

const machineColumns = (look: Look): Column<Machine>[] => [
  { title: 'id', cell: ({ id }) => id },
  { title: 'status', cell: (machine) => spawnerStatus(machine, look) },
  { title: 'name', cell: ({ name }) => name, flexible: true },
  { title: 'at work', cell: ({ sessions, capacity }) => `${sessions} of ${count(capacity, 'place')}` },
  { title: 'since', cell: ({ since }) => ago(since, look.now), right: true },
]

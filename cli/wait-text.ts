import type { Project } from '../protocol/model.ts'
import type { Standing } from '../protocol/waiting.ts'
import { clock } from './entry-text.ts'
import { type Column, type Look, table } from './look.ts'
import { sessionStatus, taskStatus } from './status-words.ts'

/** What one came to: how it stands, and its result or how it ended. */
export type Came = Standing & {
  outcome: Project['sessions'][`sess_${string}`]['outcome']
  result: Project['tasks'][`task_${string}`]['result']
}

export function cameTo(project: Project, standing: Standing): Came {
  const session = project.sessions[standing.id as `sess_${string}`] // of a task there is none
  const task = project.tasks[standing.id as `task_${string}`] // and the other way round
  return { ...standing, outcome: session?.outcome ?? null, result: task?.result ?? null }
}

export function standingTable(items: Came[], look: Look): string {
  const columns: Column<Came>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'status', cell: (one) => statusOf(one, look) },
    { title: 'name', cell: ({ name }) => name, flexible: true, spare: true },
    { title: 'why', cell: ({ reason }) => reason, flexible: true },
  ]
  return items.length ? table(items, columns, look) : ''
}

/** A line of progress. */
export function standingLine(item: Came, look: Look): string {
  return `${look.paint.dim(clock(look.now, look.now))}  ${item.id}  ${statusOf(item, look)}  ${item.reason}`
}

function statusOf({ kind, status, outcome }: Came, look: Look): string {
  if (status === 'deleted') return look.paint.gray('– deleted')
  return kind === 'task'
    ? taskStatus({ status: status as Parameters<typeof taskStatus>[0]['status'] }, look) // by its kind
    : sessionStatus({ status: status as Parameters<typeof sessionStatus>[0]['status'], outcome }, look) // likewise
}

import { formatDuration } from '../hooks/summary.ts'
import type { Project, Session } from '../protocol/model.ts'
import { unreachableSince, waitsFor, worksIn } from '../protocol/session-rules.ts'
import { ago, type Column, count, facts, type Look, lasting, table } from './look.ts'
import { sessionStatus } from './status-words.ts'
import { modelsInWords } from './tokens-text.ts'

export function sessionTable(sessions: Session[], look: Look): string {
  const columns: Column<Session>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'status', cell: (session) => sessionStatus(session, look) },
    { title: 'name', cell: ({ name }) => name, flexible: true },
    { title: 'tasks', cell: ({ tasks }) => tasks.join(' '), spare: true },
    { title: 'now', cell: doing, flexible: true },
    { title: 'for', cell: (session) => since(session, look.now), right: true },
  ]
  return table(sessions, columns, look)
}

/** What it asks, does or said last, in one line. */
export function doing({ status, needsYou, tool, progress, reason }: Session): string {
  if (status === 'ended') return reason ?? ''
  return needsYou?.message ?? tool?.summary ?? progress?.text ?? ''
}

/** How long it has been so. */
function since({ status, needsYou, startedAt, requestedAt, endedAt }: Session, now: number): string {
  if (status === 'ended') return ago(endedAt ?? requestedAt, now)
  return lasting(Math.max(0, now - (needsYou?.since ?? startedAt ?? requestedAt)))
}

/** A session on a page of its own; `project`, where it is at hand, says why it does not start or cannot be reached. */
export function sessionPage(session: Session, look: Look, project?: Project): string {
  const { paint, now } = look
  const { needsYou, tool, progress, usage } = session
  const away = project && unreachableSince(project, session)
  const parts = [
    `${paint.bold(session.name)}\n${paint.dim(session.id)}  ${sessionStatus(session, look)}`,
    facts(
      [
        ['needs you', needsYou && paint.yellow(`${needsYou.message} (${ago(needsYou.since, now)})`)],
        ['waits', project && waitsFor(project, session, now)],
        ['unreachable', away !== undefined && `its machine went away ${ago(away, now)}`],
        ['now', tool && `${tool.summary} (${lasting(Math.max(0, now - tool.since))})`],
        ['progress', progress && `${progress.text} (${ago(progress.at, now)})`],
        ['tasks', session.tasks.join(', ')],
        ['role', session.role],
        ['skills', session.skills?.join(', ')],
        ['profile', session.profile],
        ['workspace', session.workspace],
        ['works in', session.place && worksIn(session.place)],
        ['machine', (session.spawner && project?.spawners[session.spawner]?.name) || session.spawner],
        ['parent', session.parent],
        ['resumes', session.resumes],
        ['asked for', `${ago(session.requestedAt, now)} by ${session.requestedBy}`],
        ['started', session.startedAt !== null && ago(session.startedAt, now)],
        ['ended', session.endedAt !== null && ending(session, now)],
        ['tokens', modelsInWords(usage?.models)],
      ],
      look,
    ),
    toolTable(session, look),
  ]
  return parts.filter(Boolean).join('\n\n')
}

function ending({ endedAt, exitCode, reason }: Session, now: number): string {
  const how = [exitCode !== null && `exit code ${exitCode}`, reason].filter(Boolean).join(', ')
  return `${ago(endedAt!, now)}${how ? ` (${how})` : ''}`
}

function toolTable({ tools }: Session, look: Look): string {
  const rows = Object.entries(tools).sort(([, a], [, b]) => b.calls - a.calls)
  if (rows.length === 0) return ''
  const columns: Column<(typeof rows)[number]>[] = [
    { title: 'tool', cell: ([name]) => name, flexible: true },
    { title: 'calls', cell: ([, { calls }]) => String(calls), right: true },
    { title: 'failures', cell: ([, { failures }]) => (failures ? String(failures) : ''), right: true },
    { title: 'in all', cell: ([, { ms }]) => formatDuration(ms), right: true },
  ]
  return table(rows, columns, look)
}

/** `2 tasks`, or the one's id. */
export function tasksOf({ tasks }: Pick<Session, 'tasks'>): string {
  return tasks.length === 1 ? tasks[0]! : count(tasks.length, 'task')
}

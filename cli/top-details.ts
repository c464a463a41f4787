import type { Client } from '../client/client.ts'
import type { Project, Session, Task } from '../protocol/model.ts'
import type { Entry } from '../protocol/project.ts'
import { waitsFor } from '../protocol/session-rules.ts'
import { isAbout } from '../protocol/subject.ts'
import { usageOfTask } from '../protocol/usage-report.ts'
import { entryLine } from './entry-text.ts'
import { ago, facts, type Look, lasting } from './look.ts'
import { sessionStatus, taskStatus } from './status-words.ts'
import { steps } from './task-text.ts'
import { modelsInWords } from './tokens-text.ts'
import { visible } from './visible.ts'

const LINES = 50

/** What the pane shows of one session or task: how it is, and what happened to it last. */
export class Details {
  readonly id: string
  #entries: Entry[] = []
  #about: { session?: `sess_${string}`; task?: `task_${string}` }

  constructor(id: string) {
    this.id = id
    this.#about = id.startsWith('sess_') ? { session: id as `sess_${string}` } : { task: id as `task_${string}` } // by its prefix
  }

  /** What happened before it was looked at. */
  async load(client: Client): Promise<void> {
    const { entries } = await client.askProject('entry.list', { ...this.#about, limit: LINES })
    const newer = this.#entries.filter(({ seq }) => seq > (entries.at(-1)?.seq ?? 0))
    this.#entries = [...visible(entries), ...newer]
  }

  add(fresh: Entry[]): void {
    const about = fresh.filter((entry) => isAbout(entry, this.#about))
    if (about.length) this.#entries = [...this.#entries, ...visible(about)].slice(-LINES)
  }

  /** At most `height` lines: how it is, and below it as much of its log as there is room for, the newest last. */
  lines(project: Project, look: Look, height: number): string[] {
    const { session, task } = this.#about
    const about = session
      ? project.sessions[session] && sessionFacts(visible(project.sessions[session]), project, look)
      : task && project.tasks[task] && taskFacts(visible(project.tasks[task]), project, look)
    if (!about) return ['It is not there any more']
    const room = height - about.length
    const last = room > 1 ? this.#entries.slice(-room + 1) : []
    return [...about, ...(last.length ? [''] : []), ...last.map((entry) => entryLine(entry, project, look, 'none'))]
  }
}

function sessionFacts(session: Session, project: Project, look: Look): string[] {
  const { paint, now } = look
  const { needsYou, tool, progress, usage, tasks } = session
  const title = (id: Task['id']) => visible(project.tasks[id]?.title ?? id)
  const machine = session.spawner && visible(project.spawners[session.spawner]?.name ?? session.spawner)
  const head = `${paint.bold(session.name)}  ${paint.dim(session.id)}  ${sessionStatus(session, look)}`
  const page = facts(
    [
      ['needs you', needsYou && paint.yellow(needsYou.message)],
      ['waits', waitsFor(project, session, now)],
      ['now', tool && `${tool.summary} (${lasting(Math.max(0, now - tool.since))})`],
      ['progress', progress && `${progress.text} (${ago(progress.at, now)})`],
      [
        'ended',
        session.endedAt !== null && `${ago(session.endedAt, now)}${session.reason ? `: ${session.reason}` : ''}`,
      ],
      ['tasks', tasks.map(title).join(' · ')],
      [
        'runs',
        [session.role, session.profile, `in ${session.workspace}`, machine && `on ${machine}`]
          .filter(Boolean)
          .join(' '),
      ],
      ['tools', toolCounts(session)],
      ['tokens', modelsInWords(usage?.models)],
    ],
    look,
  )
  return [head, ...oneLineEach(page)]
}

function toolCounts({ tools }: Session): string {
  const rows = Object.entries(tools).sort(([, a], [, b]) => b.calls - a.calls)
  return rows
    .map(([name, { calls, failures }]) => `${name} ${calls}${failures ? ` (${failures} failed)` : ''}`)
    .join(', ')
}

function taskFacts(task: Task, project: Project, look: Look): string[] {
  const { paint, now } = look
  const { blocked, result, attempts, subtasks, note } = task
  const head = `${paint.bold(task.title)}  ${paint.dim(task.id)}  ${taskStatus(task, look)}`
  const page = facts(
    [
      ['blocked', blocked && `${blocked.reason} (${blocked.by}, ${ago(blocked.since, now)})`],
      ['result', result?.summary],
      ['note', note && `${note.text} (${ago(note.at, now)})`],
      ['priority', task.priority],
      ['who', task.assignee],
      ['steps', steps(subtasks)],
      ['attempts', attempts.map(({ session, outcome }) => `${session} ${outcome}`).join(', ')],
      ['tokens', modelsInWords(usageOfTask(project, task.id))],
      ['about', task.description],
    ],
    look,
  )
  return [head, ...oneLineEach(page)]
}

const oneLineEach = (page: string) =>
  page
    .replace(/\n(?!\S)/g, ' ')
    .split('\n')
    .filter(Boolean)

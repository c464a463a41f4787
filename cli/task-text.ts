import type { Subtask, Task } from '../protocol/model.ts'
import { ago, type Column, facts, hanging, type Look, prose, table } from './look.ts'
import { taskStatus } from './status-words.ts'

export function taskTable(tasks: Task[], look: Look): string {
  const columns: Column<Task>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'status', cell: (task) => taskStatus(task, look) },
    { title: 'title', cell: ({ title }) => title, flexible: true },
    { title: 'priority', cell: ({ priority }) => (priority === 'medium' ? '' : priority), spare: true },
    { title: 'steps', cell: ({ subtasks }) => steps(subtasks), right: true, spare: true },
    { title: 'who', cell: ({ assignee }) => assignee ?? '' },
    { title: 'changed', cell: ({ updatedAt }) => ago(updatedAt, look.now), right: true, spare: true },
  ]
  return table(tasks, columns, look)
}

export function steps(subtasks: Subtask[]): string {
  return subtasks.length ? `${subtasks.filter(({ status }) => status === 'done').length}/${subtasks.length}` : ''
}

/** What a page says of a task that the task does not say itself. */
type Beside = { waits?: string; tokens?: string }

/** A task on a page of its own. */
export function taskPage(task: Task, look: Look, { waits, tokens }: Beside = {}): string {
  const { paint, now } = look
  const { blocked, result, note, attempts } = task
  const parts = [
    `${paint.bold(prose(task.title, look))}\n${paint.dim(task.id)}  ${taskStatus(task, look)}`,
    facts(
      [
        ['priority', task.priority],
        ['labels', task.labels.join(', ')],
        ['needs', task.needs.join(', ')],
        ['waits', waits],
        ['who', task.assignee],
        ['blocked', blocked && `${blocked.reason} (${blocked.by}, ${ago(blocked.since, now)})`],
        [
          'attempts',
          attempts
            .map(({ session, outcome, reason }) => `${session} ${outcome}${reason ? ` (${reason})` : ''}`)
            .join('; '),
        ],
        ['created', `${ago(task.createdAt, now)} by ${task.createdBy}`],
        ['started', task.startedAt !== null && ago(task.startedAt, now)],
        ['ended', task.endedAt !== null && ago(task.endedAt, now)],
        ['tokens', tokens],
      ],
      look,
    ),
    prose(task.description, look),
    task.acceptance && hanging(paint.dim('done when'), task.acceptance, look),
    task.subtasks.length > 0 && subtaskLines(task.subtasks, look),
    note && prose(`${paint.dim(`${note.by}, ${ago(note.at, now)}:`)} ${note.text}`, look),
    result &&
      [prose(result.summary, look), ...result.links, ...result.files.map((file) => `${paint.dim('file')}  ${file}`)]
        .filter(Boolean)
        .join('\n'),
  ]
  return parts.filter(Boolean).join('\n\n')
}

export function subtaskLines(subtasks: Subtask[], look: Look): string {
  const { paint } = look
  const lines = subtasks.map(({ id, title, status }) => {
    const mark = status === 'done' ? paint.green('✓') : '○'
    return hanging(`  ${mark} ${paint.dim(id)}`, title, look)
  })
  return [paint.dim(`steps ${steps(subtasks)}`), ...lines].join('\n')
}

import type { Command } from 'commander'
import { refuse } from '../protocol/errors.ts'
import type { TaskId } from '../protocol/ids.ts'
import type { Task } from '../protocol/model.ts'
import { allTokens } from '../protocol/usage.ts'
import { type Context, found, type Result } from './context.ts'
import { noun } from './noun.ts'
import { optionOf } from './option.ts'
import { changed, more, releasedIn, said } from './outcome.ts'
import { ownSession, ownTask } from './own.ts'
import { taskClaims } from './task-claim.ts'
import { create } from './task-create.ts'
import { graph, Shown, waitingOf } from './task-graph.ts'
import { plans } from './task-plan.ts'
import { taskPage, taskTable } from './task-text.ts'
import { timeline } from './task-timeline.ts'
import { spentInWords } from './tokens-text.ts'
import { change, look } from './verb.ts'
import { visible } from './visible.ts'

const own = (command: string) => (context: Context) => ownTask(context, `maestro task ${command}`)
const text = { description: 'body', labels: 'label', subtasks: 'subtask' }
const result = { links: 'link', files: 'file' }

export function task(context: Context): Command {
  return noun('task', 'What is to be done', [
    create(context),
    list(context),
    show(context),
    graph(context),
    edit(context),
    ...taskClaims(context),
    ...course(context),
    note(context),
    timeline(context),
    remove(context),
    ...plans(context),
  ])
}

function list(context: Context): Command {
  return look(context, 'task.list', {
    options: [optionOf('--mine', 'Only those of the session that this runs in')],
    fill: (context, { mine, session }) => (mine ? { session: mySession(context) } : { session }),
    examples: ['maestro task list --status blocked', 'maestro task list --ready --json', 'maestro task list --mine'],
    result: ({ items, cursor }, { limit: _, cursor: __, ...filters }, context) =>
      found(
        { items, cursor },
        ({ items }, look) => (items.length ? taskTable(items, look) : ''),
        items.length ? more(context, cursor) : nothing(Object.values(filters).some((filter) => filter !== undefined)),
      ),
  })
}

function nothing(filtered: boolean): string[] {
  return [filtered ? 'maestro task list' : 'maestro task create "What is to be done"']
}

function mySession(context: Context): string {
  return ownSession(context, undefined, {
    message: '`--mine` is for agents: this does not run in a session',
    suggestion: 'maestro task list --status in_progress',
  })
}

function show(context: Context): Command {
  return look(context, 'task.show', {
    args: ['task'],
    own: own('show'),
    output: Shown,
    examples: ['maestro task show task_4hq1w8ze', 'maestro task show 4hq'],
    result: async (task, _, context) => {
      const { waitsFor, stuck, text, next } = await waitingOf(context, task)
      const words = { waits: visible(text), tokens: visible(await tokensOf(context, task)) }
      return found({ ...task, waitsFor, stuck }, (task, look) => taskPage(task, look, words), next)
    },
  })
}

/** What was used for a task, in words; nothing where nobody has begun. */
async function tokensOf(context: Context, { id, startedAt }: Task): Promise<string> {
  if (startedAt === null || context.flags.json) return ''
  const { total } = await (await context.project()).query('usage.show', { task: id, by: 'task' })
  return allTokens(total.tokens) > 0 ? spentInWords(total.tokens, total) : ''
}

function edit(context: Context): Command {
  return change(context, 'task.edit', {
    args: ['task'],
    own: own('edit'),
    flags: text,
    examples: ['maestro task edit task_4hq1w8ze --title "Fix the date parser" --priority urgent'],
    fill: (_, given) => {
      const named = ['title', 'description', 'acceptance', 'priority', 'labels', 'needs', 'position']
      if (named.some((name) => given[name] !== undefined)) return {}
      refuse('invalid_input', 'Nothing to change was given', {
        suggestion: `maestro task edit ${given.task} --title "…"`,
        validValues: ['--title', '--body', '--acceptance', '--priority', '--label', '--needs', '--position'],
      })
    },
    result: (done, { task }) => changed(done, { task }, (look, isNew) => said(`${task} changed`, look, isNew)),
  })
}

/** The verbs that move a task from one status to another. */
function course(context: Context): Command[] {
  const says = (done: Parameters<typeof changed>[0], task: TaskId, text: string, next: string[] = []): Result =>
    changed(done, { task }, (look, isNew) => said(`${task} ${text}`, look, isNew, 'it was before'), next)
  return [
    change(context, 'task.block', {
      args: ['task', 'reason'],
      own: own('block'),
      examples: ['maestro task block task_4hq1w8ze "Which time zone do the dates have?"'],
      result: (done, { task, reason }) => says(done, task, `is blocked: ${reason}`, [`maestro task unblock ${task}`]),
    }),
    change(context, 'task.unblock', {
      args: ['task'],
      own: own('unblock'),
      examples: ['maestro task unblock task_4hq1w8ze'],
      result: (done, { task }) => says(done, task, 'can go on'),
    }),
    change(context, 'task.review', {
      args: ['task'],
      own: own('review'),
      flags: result,
      examples: ['maestro task review task_4hq1w8ze --summary "Dates are read in UTC now" --file src/date.ts'],
      result: (done, { task }) => says(done, task, 'is handed over', [`maestro task complete ${task}`]),
    }),
    change(context, 'task.complete', {
      args: ['task'],
      own: own('complete'),
      flags: result,
      examples: [
        'maestro task complete task_4hq1w8ze --summary "Dates are read in UTC now" --file src/date.ts',
        'maestro task complete --summary-file - < summary.md',
      ],
      result: (done, { task }) => {
        const released = releasedIn(done.entries)
        const ready = released.length ? `; ready now: ${released.join(', ')}` : ''
        return says(done, task, `is done${ready}`)
      },
    }),
    change(context, 'task.reopen', {
      args: ['task'],
      own: own('reopen'),
      examples: ['maestro task reopen task_4hq1w8ze'],
      result: (done, { task }) => says(done, task, 'is open again', [`maestro session spawn ${task}`]),
    }),
    change(context, 'task.cancel', {
      args: ['task', 'reason'],
      own: own('cancel'),
      examples: ['maestro task cancel task_4hq1w8ze "Nobody needs it any more"'],
      result: (done, { task }) => {
        const left = done.entries.flatMap((entry) =>
          entry.type === 'task:updated' ? (entry.data.leftWaiting ?? []) : [],
        )
        const waits = left.length === 1 ? '1 task waits' : `${left.length} tasks wait`
        const text = left.length ? `is cancelled; ${waits} for it without end: ${left.join(', ')}` : 'is cancelled'
        return says(done, task, text, left.length ? [`maestro task graph ${task}`] : [])
      },
    }),
  ]
}

function note(context: Context): Command {
  return change(context, 'task.note', {
    args: ['task', 'text'],
    own: own('note'),
    examples: ['maestro task note task_4hq1w8ze "The parser is fixed; tests are next"'],
    result: (done, { task }) => changed(done, { task }, (look, isNew) => said(`noted on ${task}`, look, isNew)),
  })
}

/** Deleting names its task: it must not take whatever task an agent happens to have. */
function remove(context: Context): Command {
  return change(context, 'task.delete', {
    args: ['task'],
    examples: ['maestro task delete task_4hq1w8ze'],
    result: (done, { task }) =>
      changed(done, { task }, (look, isNew) => said(`${task} is deleted`, look, isNew, 'there was none')),
  })
}

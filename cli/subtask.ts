import type { Command } from 'commander'
import { queryAnswers } from '../protocol/answers.ts'
import { refuse } from '../protocol/errors.ts'
import { TaskId } from '../protocol/ids.ts'
import { type Context, found, type Result } from './context.ts'
import type { Given } from './given.ts'
import { wholeId } from './id-prefix.ts'
import { noun } from './noun.ts'
import { changed, said } from './outcome.ts'
import { ownTask } from './own.ts'
import { subtaskLines } from './task-text.ts'
import { change, look } from './verb.ts'

type Done = Parameters<typeof changed>[0]
type One = { task: string; subtask: string }

export function subtask(context: Context): Command {
  return noun('subtask', 'The steps of a task', [
    create(context),
    list(context),
    ...(['complete', 'reopen', 'delete'] as const).map((verb) => step(context, verb)),
    edit(context),
    move(context),
  ])
}

const says = (done: Done, { task, subtask }: One, text: string): Result =>
  changed(done, { task, subtask }, (look, isNew) => said(`${subtask} ${text}`, look, isNew, 'it was before'))

function create(context: Context): Command {
  return change(context, 'subtask.create', {
    args: ['task', 'title'],
    own: (context) => ownTask(context, 'maestro subtask create'),
    omit: ['subtask'],
    fill: (_, __, make) => ({ subtask: make('sub') }),
    examples: ['maestro subtask create task_4hq1w8ze "Write the test"'],
    result: (done, input) => {
      const { task, subtask, title } = input
      return changed(
        done,
        { task, subtask },
        (look, isNew) => said(`${subtask}  ${title}`, look, isNew, 'was there already'),
        [`maestro subtask complete ${task} ${subtask}`],
      )
    },
  })
}

function list(context: Context): Command {
  return look(context, 'subtask.list', {
    args: ['task'],
    output: queryAnswers['subtask.list'].extend({ task: TaskId }),
    own: (context) => ownTask(context, 'maestro subtask list'),
    examples: ['maestro subtask list task_4hq1w8ze'],
    result: ({ items }, { task }) =>
      found(
        { task, items },
        ({ items }, look) => (items.length ? subtaskLines(items, look) : ''),
        items.length ? [] : [`maestro subtask create ${task} "Its first step"`],
      ),
  })
}

const past = { complete: 'is done', reopen: 'is open again', delete: 'is deleted' }
const own = taskOf

function step(context: Context, verb: 'complete' | 'reopen' | 'delete'): Command {
  return change(context, `subtask.${verb}`, {
    args: ['task', 'subtask'],
    own,
    examples: [`maestro subtask ${verb} task_4hq1w8ze sub_7m2k9xwp`, `maestro subtask ${verb} sub_7m2k9xwp`],
    result: (done, input) => says(done, input, past[verb]),
  })
}

function edit(context: Context): Command {
  return change(context, 'subtask.edit', {
    args: ['task', 'subtask', 'title'],
    own,
    examples: ['maestro subtask edit task_4hq1w8ze sub_7m2k9xwp "Write two tests"'],
    result: (done, input) => says(done, input, `is: ${input.title}`),
  })
}

function move(context: Context): Command {
  return change(context, 'subtask.move', {
    args: ['task', 'subtask'],
    own,
    examples: ['maestro subtask move task_4hq1w8ze sub_7m2k9xwp --before sub_1ab2cd3e'],
    result: (done, input) => says(done, input, input.before ? `comes before ${input.before}` : 'comes last'),
  })
}

/** A subtask's task need not be named: the project knows it. */
async function taskOf(context: Context, { subtask }: Given): Promise<string> {
  const { tasks } = await context.snapshot()
  const id = await wholeId(context, 'sub', String(subtask))
  const task = Object.values(tasks).find(({ subtasks }) => subtasks.some((each) => each.id === id))
  return (
    task?.id ??
    refuse('subtask_not_found', `There is no subtask ${id}`, { field: 'subtask', suggestion: 'maestro task list' })
  )
}

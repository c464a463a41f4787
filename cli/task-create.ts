import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { TaskId } from '../protocol/ids.ts'
import type { Context, Result } from './context.ts'
import { changeOf } from './contract.ts'
import type { Given } from './given.ts'
import { optionOf, repeated } from './option.ts'
import { changed, said } from './outcome.ts'
import type { ReadPlan } from './plan-file.ts'
import { quote } from './quote.ts'
import { Imported, varOption } from './task-plan.ts'
import { change } from './verb.ts'

/** What a person may say of a task here, and so instead of what a template says, by the name of its option. */
const own = { description: 'body', acceptance: 'acceptance', priority: 'priority', labels: 'label', needs: 'needs' }

/** `maestro task create "…"`, or from a template: one task as one would write it, or all tasks of a plan. */
export function create(context: Context): Command {
  return change(context, 'task.create', {
    args: ['title'],
    flags: { description: 'body', labels: 'label', subtasks: 'subtask' },
    omit: ['task', 'subtasks'],
    options: [
      repeated(optionOf('--subtask <title>', 'A step of it (may be repeated)')),
      optionOf('--template <template>', 'Make it of a template, one task or a whole plan; what else is given wins'),
      varOption(),
    ],
    own: (_, { template }) => (template === undefined ? missingTitle() : ''), // a template has one
    instead: async (context, given) => {
      if (given.template === undefined) return given.var === undefined ? undefined : varsForNothing()
      const plan = await planOf(context, given)
      return plan.tasks.length > 1 ? wholePlan(context, plan, given) : undefined
    },
    fill: async (context, given, make) => {
      const { title, subtask = [], ...rest } = given.template === undefined ? given : await merged(context, given)
      return {
        ...{ ...rest, title, task: make('task') },
        subtasks: (subtask as string[]).map((title) => ({ subtask: make('sub'), title })), // collected by the option above
      }
    },
    output: z.union([changeOf({ task: TaskId }), Imported]),
    examples: [
      'maestro task create "Fix the date parser" --priority high --label bug',
      'maestro task create "Release" --needs task_4hq1w8ze --subtask "Write the notes" --subtask "Tag it"',
      'maestro task create "Sort imports" --body-file notes.md --acceptance "npm test passes"',
      'maestro task create --template bugfix --var issue=42',
    ],
    result: (done, { task, title }) =>
      changed(done, { task }, (look, isNew) => said(`${task}  ${title}`, look, isNew, 'was there already'), [
        `maestro session spawn ${task}`,
      ]),
  })
}

async function planOf(context: Context, given: Given): Promise<ReadPlan> {
  const [{ findTemplate, openTemplate }, { settled }, { valuesOf }] = await Promise.all([
    import('./templates.ts'),
    import('./plan-file.ts'),
    import('./plan-variables.ts'),
  ])
  const template = findTemplate(context, String(given.template))
  const title = given.title ? `${quote(String(given.title))} ` : ''
  const command = `maestro task create ${title}--template ${quote(template.name)}`
  return settled(await openTemplate(template), valuesOf(given.var, command), command)
}

/** The one task of a template, with what was said beside it in its place. */
async function merged(context: Context, given: Given): Promise<Given> {
  const [task] = (await planOf(context, given)).tasks
  const { title, body, acceptance, priority, labels, needs, subtasks } = task! // a plan has one at least
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''))
  return { title, description: body, acceptance, priority, labels, needs, subtask: subtasks, ...said }
}

async function wholePlan(context: Context, plan: ReadPlan, given: Given): Promise<Result> {
  const said = Object.entries({ title: 'title', ...own, subtask: 'subtask' }).filter(([name]) => given[name])
  if (said.length) {
    const flags = said.map(([, flag]) => `--${flag}`).join(', ')
    refuse('invalid_input', `${given.template} makes ${plan.tasks.length} tasks, and ${flags} would be of one`, {
      ...{ field: said[0]![1], suggestion: `maestro template show ${quote(String(given.template))}` },
    })
  }
  const { importPlan } = await import('./plan-import.ts')
  return importPlan(context, plan, given.idempotencyKey as string | undefined) // a text, by its option
}

function missingTitle(): never {
  refuse('invalid_input', '`maestro task create` needs a title', {
    ...{ field: 'title', suggestion: 'maestro task create "<title>"' },
  })
}

function varsForNothing(): never {
  refuse('invalid_input', '--var fills the variables of a template, and none is named', {
    ...{ field: 'template', suggestion: 'maestro template list' },
  })
}

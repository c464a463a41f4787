import type { Command } from 'commander'
import * as z from 'zod'
import { TaskId } from '../protocol/ids.ts'
import { taskStatuses } from '../protocol/model.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'
import { choiceOf, choicesOf, optionOf, repeated } from './option.ts'
import type { PlanFormat } from './plan-file.ts'
import { quote } from './quote.ts'

const formats: readonly PlanFormat[] = ['yaml', 'json', 'md']
const format = (summary: string) => choiceOf('--format <format>', summary, formats)

/** A task of a plan, by its name there. */
const ImportedTask = z.object({
  name: z.string().describe('What the plan calls it'),
  task: TaskId.nullable().describe('Its id; null with --dry-run'),
  title: z.string(),
  needs: z.array(z.string()).describe('Names in the plan, and ids of tasks that were there before'),
  ready: z.boolean().describe('It could start now'),
})
export type ImportedTask = z.infer<typeof ImportedTask>

/** What importing a plan answers with, and what making all tasks of a template does. */
export const Imported = z.object({
  file: z.string(),
  title: z.string().nullable(),
  dryRun: z.boolean(),
  duplicate: z.boolean().describe('The same request was answered before'),
  tasks: z.array(ImportedTask),
  criticalPath: z.array(z.string()).optional().describe('With --dry-run: the names of its longest chain'),
})

const Exported = z.object({
  format: z.enum(formats),
  text: z.string().describe('The plan'),
  tasks: z.array(z.object({ name: z.string().describe('What the plan calls it'), task: TaskId })),
})

const FORMAT = `A plan in YAML; JSON has the same fields, and in Markdown each task is a \`## Title\` with lines of fields below it:
  tasks:
    - name: parser              # what others call it in their needs
      title: Fix the date parser
      body: Start in src/date.ts
    - title: Release
      needs: [parser]           # names in this plan, or ids of tasks
  Also priority, labels, acceptance, subtasks (a list of titles). All of it: design/0008-plan-files.md`

/** An option that fills a variable of a plan or a template. */
export const varOption = () => repeated(optionOf('--var <name=value>', 'The value of a variable (may be repeated)'))

/** Plans of tasks in files: `maestro task import`, `maestro task export`. Their format: design/0008-plan-files.md. */
export function plans(context: Context): Command[] {
  return [importing(context), exporting(context)]
}

function importing(context: Context): Command {
  return written(
    context,
    'import',
    'Add the tasks of a plan: all of them, or none',
    {
      args: [['<file>', 'A plan in YAML, JSON or Markdown; - reads standard input']],
      options: [
        format('What it is, where its name does not say'),
        ['--dry-run', 'Check it, and show the graph; change nothing'],
        varOption(),
        ['--idempotency-key <key>', 'Asking again with the same key changes nothing more'],
      ],
      about: FORMAT,
      examples: [
        'maestro task import plan.yaml --dry-run',
        'maestro task import plan.md --var issue=42',
        'maestro task import - --format json < plan.json',
      ],
      output: Imported,
      who: 'task:write',
    },
    async ([file], options) => {
      const [{ readPlan }, { settled }, { valuesOf }] = await Promise.all([
        import('./plan-read.ts'),
        import('./plan-file.ts'),
        import('./plan-variables.ts'),
      ])
      const opened = await readPlan(context, file!, options.format as PlanFormat | undefined) // one of the choices
      const command = `maestro task import ${quote(file!)}`
      const plan = settled(opened, valuesOf(options.var, command), command)
      if (options.dryRun) return (await import('./plan-rehearsal.ts')).rehearse(context, plan)
      const { importPlan } = await import('./plan-import.ts')
      return importPlan(context, plan, options.idempotencyKey as string | undefined) // a text, by its option
    },
  )
}

function exporting(context: Context): Command {
  return written(
    context,
    'export',
    'Write tasks as a plan, to import elsewhere or again',
    {
      args: [['[tasks...]', 'Only these']],
      options: [
        format('What to write (default: yaml)'),
        choicesOf('--status <status>', 'Only those with this status', taskStatuses),
      ],
      examples: [
        'maestro task export > plan.yaml',
        'maestro task export --format md --status todo,blocked',
        'maestro task export task_4hq1w8ze --json',
      ],
      output: Exported,
      who: 'read',
    },
    async ([tasks], options) => {
      const { exportPlan } = await import('./plan-export.ts')
      const words = (tasks ?? []) as unknown as string[] // a variadic argument is a list
      const { format = 'yaml', status } = options as { format?: PlanFormat; status?: string[] } // as declared above
      return exportPlan(context, { words, format, statuses: status })
    },
  )
}

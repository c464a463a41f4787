import * as z from 'zod'
import { nearest } from '../protocol/nearest.ts'
import { circleAmong } from '../protocol/order.ts'
import { most, taskCommands } from '../protocol/task-commands.ts'
import { fieldOf, type Mistake, mistakesIn, type Path, refuseMistakes, type Source } from './plan-mistake.ts'
import { filled, settle, strayPlaces, type Variable, Variables, variableFields, variablesOf } from './plan-variables.ts'

export const planFormats = ['yaml', 'json', 'md'] as const
export type PlanFormat = (typeof planFormats)[number]

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}_.-]*$/u

/** What is said of a task is what `task.create` takes; a plan only calls some of it by shorter names. */
const { title, description, acceptance, priority, labels, subtasks } = taskCommands['task.create'].input.shape
const step = subtasks.unwrap().element.shape.title
const line = z.string().transform((text) => text.replace(/\s+/g, ' ').trim())
const block = z.string().transform(withoutBlankEdges)

const PlanTask = z.strictObject({
  name: z
    .string()
    .regex(NAME, 'it has letters, digits, - _ and .')
    .max(60)
    .refine((name) => !name.startsWith('task_'), 'it must not look like the id of a task'),
  title: line.pipe(title),
  body: block.pipe(description.unwrap()).default(''),
  acceptance: block.pipe(acceptance.unwrap()).default(''),
  priority,
  labels,
  needs: z.array(z.string().trim().min(1)).max(most.needs).default([]),
  subtasks: z.array(line.pipe(step)).max(most.subtasks).default([]),
})

/** A plan as all three formats say it (design/0008-plan-files.md). */
const Plan = z.strictObject({
  title: line.pipe(title).optional(),
  variables: z.unknown().optional(),
  tasks: z.array(PlanTask).min(1).max(most.tasks),
})

export type PlanTask = z.output<typeof PlanTask>
export type Plan = { title?: string; tasks: PlanTask[] }
export type PlanFile = { file: string; source: Source; variables: Variable[] }
/** `refuse` tells what else is wrong with it, by the lines of its file. */
export type ReadPlan = Plan & { file: string; refuse: (mistakes: readonly Mistake[]) => never }

const planFields = Object.keys(Plan.shape)
const taskFields = Object.keys(PlanTask.shape)
const fieldsAt = ([list, ...rest]: Path) =>
  list === 'tasks' && rest.length ? taskFields : list === 'variables' ? variableFields : planFields

/** Reads a plan as far as its variables; `settled` reads on with their values. */
export async function openPlan(text: string, file: string, format: PlanFormat): Promise<PlanFile> {
  const source = named(await parsed(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'), file, format))
  const declared = Variables.safeParse(fieldOf(source.value, 'variables'))
  if (!declared.success) {
    const found = mistakesIn(declared.error, fieldOf(source.value, 'variables'), () => variableFields)
    refuseMistakes(
      file,
      source,
      found.map((one) => ({ ...one, path: ['variables', ...one.path] })),
    )
  }
  const variables = variablesOf(declared.data)
  const names = variables.map(({ name }) => name)
  // Without variables, braces in a text are its own.
  const stray = names.length ? strayPlaces(fieldOf(source.value, 'tasks'), names, ['tasks']) : []
  if (stray.length) refuseMistakes(file, source, stray)
  return { file, source, variables }
}

async function parsed(text: string, file: string, format: PlanFormat): Promise<Source> {
  if (format === 'md') return (await import('./plan-markdown.ts')).parseMarkdown(text, file)
  const { parseJson, parseYaml } = await import('./plan-yaml.ts')
  return format === 'json' ? parseJson(text, file) : parseYaml(text, file)
}

/** The plan with `values` in the places of its variables. `command` is what reads it, for what is suggested. */
export function settled(
  { file, source, variables }: PlanFile,
  values: ReadonlyMap<string, string>,
  command: string,
): ReadPlan {
  const all = settle(variables, values, command)
  const value = variables.length ? filled(source.value, all) : source.value
  const refuse = (mistakes: readonly Mistake[]) => refuseMistakes(file, { ...source, value }, mistakes)
  const found = Plan.safeParse(value)
  if (!found.success) return refuse(mistakesIn(found.error, value, fieldsAt))
  const { title, tasks } = found.data
  const mistakes = [...twice(tasks), ...strangers(tasks), ...circle(tasks)]
  if (mistakes.length) return refuse(mistakes)
  return { ...(title !== undefined && { title }), tasks, file, refuse }
}

/** Whoever gives a task no name calls it by its title, as it stands before anything is filled in. */
function named(source: Source): Source {
  const tasks = fieldOf(source.value, 'tasks')
  if (!Array.isArray(tasks)) return source
  const all = tasks.map((task: unknown, at) => {
    if (typeof task !== 'object' || task === null || fieldOf(task, 'name') !== undefined) return task
    const title = fieldOf(task, 'title')
    return { name: nameFor(typeof title === 'string' ? title : '', at), ...task }
  })
  return { ...source, value: { ...(source.value as object), tasks: all } } // it has tasks
}

/** A name made of a title: `Fix the parser` is `fix-the-parser`. */
export function nameFor(title: string, at: number): string {
  const words =
    title
      .toLowerCase()
      .normalize('NFC')
      .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? []
  let name = ''
  for (const word of words) if (`${name}-${word}`.length <= 40) name += `${name ? '-' : ''}${word}`
  return name || `task-${at + 1}`
}

function twice(tasks: readonly PlanTask[]): Mistake[] {
  return tasks.flatMap(({ name }, at) => {
    const first = tasks.findIndex((other) => other.name === name)
    if (first === at) return []
    const message = `task ${first + 1} is called ${name} too; give each a name of its own`
    return [{ path: ['tasks', at, 'name'], message, code: 'id_taken' as const }]
  })
}

/** Needs that are neither tasks of the plan nor, by their looks, tasks of the project. */
function strangers(tasks: readonly PlanTask[]): Mistake[] {
  const names = tasks.map(({ name }) => name)
  return tasks.flatMap((task, at) =>
    task.needs.flatMap((need, place) => {
      if (names.includes(need) || need.startsWith('task_')) return []
      const meant = nearest(
        need,
        names.filter((name) => name !== task.name),
      )
      const message = `there is no task ${need} in this plan${meant ? `; did you mean ${meant}?` : ''}`
      return [{ path: ['tasks', at, 'needs', place], message, validValues: names }]
    }),
  )
}

function circle(tasks: readonly PlanTask[]): Mistake[] {
  const found = circleAmong(tasks.map(({ name, needs }) => ({ id: name, needs })))
  if (!found) return []
  const at = tasks.findIndex(({ name }) => name === found[0])
  const message = `it would wait for itself: ${found.join(' → ')}`
  return [{ path: ['tasks', at, 'needs'], message, code: 'would_cycle' }]
}

function withoutBlankEdges(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd()
}

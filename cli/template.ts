import type { Command } from 'commander'
import * as z from 'zod'
import { MaestroError } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { type Column, table } from './look.ts'
import { noun, written } from './noun.ts'
import type { PlanFile } from './plan-file.ts'
import { fieldOf } from './plan-mistake.ts'
import { quote } from './quote.ts'

const Variable = z.object({
  name: z.string(),
  description: z.string(),
  default: z.string().nullable(),
  required: z.boolean(),
})
const Listed = z.object({
  name: z.string(),
  title: z.string().describe('As it stands, with places for variables'),
  tasks: z.number().int().describe('How many it makes'),
  variables: z.array(Variable),
  file: z.string(),
})
const Problem = z.object({ file: z.string(), message: z.string() })
const Page = Listed.extend({ format: z.enum(['yaml', 'json', 'md']), text: z.string().describe('The file') })

/** `maestro template`: named plans with variables, for `maestro task create --template`. */
export function template(context: Context): Command {
  return noun('template', 'Named tasks and plans with variables', [list(context), show(context)])
}

function list(context: Context): Command {
  const examples = ['maestro template list', 'maestro template list --json']
  const output = z.object({ items: z.array(Listed), problems: z.array(Problem).describe('Files that are none') })
  const about = { examples, output, who: 'anyone' as const }
  return written(context, 'list', 'Templates that can be used here', about, async () => {
    const { openTemplate, templatesFor } = await import('./templates.ts')
    const items: z.infer<typeof Listed>[] = []
    const problems: z.infer<typeof Problem>[] = []
    for (const one of templatesFor(context)) {
      try {
        items.push({ name: one.name, ...headOf(await openTemplate(one)), file: one.file })
      } catch (error) {
        if (!(error instanceof MaestroError)) throw error
        problems.push({ file: one.file, message: error.message })
        if (!context.flags.json) context.say(error.message)
      }
    }
    const columns: Column<(typeof items)[number]>[] = [
      { title: 'name', cell: ({ name }) => name },
      { title: 'title', cell: ({ title }) => title, flexible: true },
      { title: 'tasks', cell: ({ tasks }) => String(tasks), right: true },
      {
        title: 'variables',
        cell: ({ variables }) => variables.map(({ name, required }) => (required ? name : `[${name}]`)).join(' '),
      },
      { title: 'file', cell: ({ file }) => file, flexible: true, spare: true },
    ]
    const next = items.length ? [`maestro template show ${quote(items[0]!.name)}`] : []
    return found({ items, problems }, ({ items }, look) => (items.length ? table(items, columns, look) : ''), next)
  })
}

function show(context: Context): Command {
  return written(
    context,
    'show',
    'A template, its variables, and the command that uses it',
    { args: [['<template>', 'Its name']], examples: ['maestro template show bugfix'], output: Page, who: 'anyone' },
    async ([word]) => {
      const { findTemplate, openTemplate } = await import('./templates.ts')
      const { name, file, format } = findTemplate(context, word!)
      const opened = await openTemplate({ name, file, format })
      const data = { name, ...headOf(opened), file, format, text: opened.text }
      const values = data.variables.flatMap(({ name, required }) => (required ? ` --var ${quote(`${name}=…`)}` : []))
      const next = [`maestro task create --template ${quote(name)}${values.join('')}`]
      return found(data, ({ text }) => text.trimEnd(), next)
    },
  )
}

/** What a template makes, as it stands before anything is filled in. */
function headOf({ source: { value }, variables }: PlanFile) {
  const tasks = fieldOf(value, 'tasks')
  const title = fieldOf(value, 'title') ?? fieldOf(fieldOf(tasks, 0), 'title')
  return { title: String(title ?? ''), tasks: Array.isArray(tasks) ? tasks.length : 0, variables }
}

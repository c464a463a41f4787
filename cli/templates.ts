import { readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { refuse } from '../protocol/errors.ts'
import { nearest } from '../protocol/nearest.ts'
import type { Context } from './context.ts'
import type { PlanFile, PlanFormat } from './plan-file.ts'
import { formatByName } from './plan-read.ts'

export type Template = { name: string; file: string; format: PlanFormat }

/** Templates that may be used here: those of the folder, of those above it, and of the user; the nearest of a name counts. */
export function templatesFor({ io, settings }: Context): Template[] {
  const own = foldersAbove(io.cwd).map((folder) => join(folder, '.maestro', 'templates'))
  const found: Template[] = []
  for (const folder of new Set([...own, join(settings.home.root, 'templates')])) {
    const names = new Set(found.map(({ name }) => name))
    found.push(...templatesIn(folder).filter(({ name }) => !names.has(name)))
  }
  return found
}

/** The folder itself, and all above it. */
function foldersAbove(folder: string | undefined): string[] {
  if (folder === undefined) return []
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)]
}

function templatesIn(folder: string): Template[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder)
    .sort()
    .flatMap((entry) => {
      const format = formatByName(entry)
      return format ? [{ name: entry.slice(0, -extname(entry).length), file: join(folder, entry), format }] : []
    })
}

/** The template of that name; refuses with the nearest when there is none. */
export function findTemplate(context: Context, name: string): Template {
  const all = templatesFor(context)
  const [template, other] = all.filter((one) => one.name === name)
  if (other) refuse('invalid_input', `${template!.file} and ${other.file} have one name: rename one of them`)
  if (template) return template
  const names = all.map((one) => one.name)
  const meant = nearest(name, names)
  refuse('template_not_found', `There is no template ${name}${meant ? `; did you mean ${meant}?` : ''}`, {
    ...{ field: 'template', validValues: names },
    suggestion: meant ? `maestro template show ${meant}` : 'maestro template list',
  })
}

export async function openTemplate({ file, format }: Template): Promise<PlanFile & { text: string }> {
  const { openPlan } = await import('./plan-file.ts')
  const text = await readFile(file, 'utf8')
  return { ...(await openPlan(text, file, format)), text }
}

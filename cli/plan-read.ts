import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { pathIn } from './folder.ts'
import { openPlan, type PlanFile, type PlanFormat, planFormats } from './plan-file.ts'

const endings: Record<string, PlanFormat> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
  '.md': 'md',
  '.markdown': 'md',
}

/** The plan in a file, or for `-` on standard input. */
export async function readPlan(context: Context, file: string, format?: PlanFormat): Promise<PlanFile> {
  if (file === '-') {
    const text = await context.io.stdin()
    return openPlan(text, 'standard input', format ?? formatOf(text))
  }
  const known = format ?? formatByName(file)
  if (!known) {
    refuse('invalid_input', `${file} does not say by its ending what it is: .yaml, .json or .md`, {
      ...{ field: 'format', validValues: planFormats, suggestion: `maestro task import ${file} --format yaml` },
    })
  }
  const text = await readFile(pathIn(context.io, file), 'utf8').catch((error: NodeJS.ErrnoException) =>
    refuse('invalid_input', `${file} cannot be read (${error.code ?? error.message})`, { field: 'file' }),
  )
  return openPlan(text, file, known)
}

export function formatByName(file: string): PlanFormat | undefined {
  return endings[extname(file).toLowerCase()]
}

/** What a text without a name is, by its looks. */
function formatOf(text: string): PlanFormat {
  if (/^\s*\{/.test(text)) return 'json'
  return /^##\s/m.test(text) && !/^tasks:/m.test(text) ? 'md' : 'yaml'
}

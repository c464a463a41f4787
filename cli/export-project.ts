import { refuse } from '../protocol/errors.ts'
import { type Context, found, type Result } from './context.ts'
import { outOf, writing } from './export-out.ts'
import { amount, Progress, size } from './export-progress.ts'
import { writeExport } from './export-write.ts'
import { quote } from './quote.ts'
import { visible } from './visible.ts'

/** Writes the log of the project that this is about, to `out` or to standard output. */
export async function exportProject(context: Context, out: unknown, asked: number): Promise<Result | undefined> {
  const command = `maestro export${asked > 0 ? ` --since ${asked}` : ''}`
  const to = outOf(context, out, command, 'project.ndjson')
  const client = await context.project()
  const { items } = await context.server.ask('project.list', {})
  const project = items.find(({ id }) => id === client.options.project)
  if (!project)
    refuse('project_not_found', `There is no project ${client.options.project}`, { suggestion: 'maestro project list' })
  const progress = new Progress(context)
  const written = await writing(context, to, (write, signal) =>
    writeExport(client, { project, since: asked, now: context.io.now(), signal }, write, (done, all) =>
      progress.show('exported', done, all),
    ),
  ).finally(() => progress.end())
  const { file } = to
  const { since, head, entries, bytes, sha256 } = written
  if (since > asked) context.say(`Its history begins with entry ${since + 1}: what was older has been deleted`)
  const data = { file, project: project.id, name: project.name, since, head, entries, bytes, sha256 }
  if (file === null) {
    context.say(inWords(visible(data)))
    return undefined
  }
  const next = since === 0 && entries > 0 ? [`maestro import ${quote(file)} --name ${quote(`${project.name} 2`)}`] : []
  return found(data, (safe, { paint }) => `${paint.green('✓')} ${safe.file}  ${inWords(safe)}`, next)
}

const inWords = ({ entries, name, bytes }: { entries: number; name: string; bytes: number }) =>
  `${amount(entries)} ${entries === 1 ? 'entry' : 'entries'} of ${name}, ${size(bytes)}`

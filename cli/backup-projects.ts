import { refuse } from '../protocol/errors.ts'
import { type BackupEnd, type BackupHead, FORMAT } from '../protocol/transfer.ts'
import { type Context, found, type Result } from './context.ts'
import type { Write } from './export-draft.ts'
import { outOf, writing } from './export-out.ts'
import { amount, Progress, size } from './export-progress.ts'
import { Lines, writeExport } from './export-write.ts'
import { count } from './look.ts'
import { version } from './version.ts'
import { visible } from './visible.ts'

/** The server lists so many projects and no more: there may be others that nobody was told of. */
const LISTED = 500

/** Writes all projects there are, to `out` or to standard output. */
export async function backupProjects(context: Context, out: unknown): Promise<Result | undefined> {
  const to = outOf(context, out, 'maestro backup', 'maestro.ndjson')
  await checkAll(context)
  const { items } = await context.server.ask('project.list', {})
  if (items.length === 0)
    refuse('project_not_found', 'There is no project to back up', { suggestion: 'maestro project create "My project"' })
  if (items.length >= LISTED)
    refuse('too_large', `A backup has fewer than ${LISTED} projects: export each by itself`, {
      suggestion: 'maestro export --project <project> --out <file>',
    })
  const progress = new Progress(context)
  const work = async (write: Write, signal: AbortSignal) => {
    const lines = new Lines(write)
    const [now, projects] = [context.io.now(), items.map(({ id }) => id)]
    await lines.line({ maestro: 'backup', format: FORMAT, version, at: now, projects } satisfies BackupHead)
    const done = []
    for (const project of items) {
      const on = (at: number, all: number) => progress.show(`${project.name}: backed up`, at, all)
      const where = { project, since: 0, now, signal }
      const { since, entries } = await writeExport(context.server, where, (text) => lines.write(text), on)
      done.push({ project: project.id, name: project.name, since, entries })
    }
    const entries = done.reduce((sum, one) => sum + one.entries, 0)
    const end = { projects: done.length, entries, sha256: lines.sha256 }
    await lines.line(end satisfies BackupEnd)
    return { file: to.file, projects: done, entries, bytes: lines.bytes, sha256: end.sha256 }
  }
  const data = await writing(context, to, work).finally(() => progress.end())
  for (const { name, since } of visible(data.projects))
    if (since > 0)
      context.say(`! ${name} begins with entry ${since + 1}, the rest was deleted: it is kept, but not restored`)
  if (to.file === null) {
    context.say(inWords(data))
    return undefined
  }
  return found(data, (safe, { paint }) => `${paint.green('✓')} ${safe.file}  ${inWords(safe)}`)
}

type Done = { projects: unknown[]; entries: number; bytes: number }
const inWords = ({ projects, entries, bytes }: Done) =>
  `${count(projects.length, 'project')}, ${amount(entries)} entries, ${size(bytes)}`

/** A key that is good for one project would make a backup that lacks the others without saying so. */
async function checkAll({ server }: Context): Promise<void> {
  const { project } = await server.ask('whoami', {})
  if (project === null) return
  refuse('forbidden', `This key is good for ${project} only, and a backup has all projects`, {
    suggestion: `maestro export --project ${project} --out <file>`,
  })
}

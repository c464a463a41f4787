import { refuse } from '../protocol/errors.ts'
import { type Context, found, type Result } from './context.ts'
import { amount, Progress } from './export-progress.ts'
import { pathIn } from './folder.ts'
import { bytesOf, type Verified, verified } from './import-file.ts'
import { readBackup } from './import-read.ts'
import { brokenOff, checkMayImport, passOver, send } from './import-send.ts'
import { interruptible } from './interrupt.ts'
import { count } from './look.ts'
import { commandLine } from './quote.ts'
import { visible } from './visible.ts'

/** Brings back all projects that `file` holds. */
export async function restoreProjects(context: Context, file: string): Promise<Result> {
  const path = pathIn(context.io, file)
  const progress = new Progress(context)
  let done = 0
  const again = commandLine(['restore', file])
  const far = () =>
    `${count(done, 'project')} of it are there, no list has one that is not whole, and the same command goes on`
  const stopped = () => ({ message: `Stopped. ${far()}.`, next: [again] })
  const work = async (signal: AbortSignal) => {
    await checkMayImport(context.server)
    const all = await verified(readBackup(bytesOf(path), file), progress)
    await checkFresh(context, file, all)
    const passing = readBackup(bytesOf(path), file)
    const projects = []
    const left = []
    for (const { head, digest } of all) {
      const { project, name, createdAt, since } = head
      if (since > 0) {
        await passOver(passing)
        left.push({ project, name, since })
        continue
      }
      const target = { project, digest, head: head.head, createdAt }
      const on = (at: number) => progress.show(`${name}: restored`, at, head.head)
      const sending = send(context.server, target, passing, signal, on)
      const taken = await sending.catch((error) => (done ? brokenOff(error, far(), again) : Promise.reject(error)))
      projects.push({ project, name: taken.name, entries: head.head, duplicate: taken.duplicate })
      done++
    }
    return { file, projects, left, entries: projects.reduce((sum, one) => sum + one.entries, 0) }
  }
  const data = await interruptible(context, stopped, work).finally(() => progress.end())
  for (const { name, since } of visible(data.left))
    context.say(`! ${name} is not restored: of its history, the first ${since} entries had been deleted`)
  return found(
    data,
    ({ projects, entries }, { paint }) => {
      const lines = projects.map(
        ({ project, name, duplicate }) => `  ${project}  ${name}${duplicate ? '  was here' : ''}`,
      )
      return [`${paint.green('✓')} ${count(projects.length, 'project')}, ${amount(entries)} entries`, ...lines].join(
        '\n',
      )
    },
    ['maestro project list', 'maestro key create <name>'],
  )
}

/** What is there must be what an earlier try brought. Whether it did is said by each project itself. */
async function checkFresh({ server }: Context, file: string, all: Verified[]): Promise<void> {
  const { items } = await server.ask('project.list', {})
  const other = items.find(({ id }) => !all.some(({ head }) => head.project === id))
  if (!other) return
  refuse(
    'conflict',
    `This server has a project of its own, ${other.name} (${other.id}): ${file} needs one that has none`,
    {
      ...{ field: 'file', suggestion: 'maestro up --home <folder>' },
    },
  )
}

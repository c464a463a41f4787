import { createHash } from 'node:crypto'
import { refuse } from '../protocol/errors.ts'
import { longId, type ProjectId } from '../protocol/ids.ts'
import { type Context, found, type Result } from './context.ts'
import { amount, Progress } from './export-progress.ts'
import { pathIn } from './folder.ts'
import { bytesOf, type Verified, verified } from './import-file.ts'
import { readExport } from './import-read.ts'
import { brokenOff, checkMayImport, send } from './import-send.ts'
import { interruptible } from './interrupt.ts'
import { commandLine } from './quote.ts'

/** Makes a project of what `file` holds. */
export async function importProject(context: Context, file: string, given: string | undefined): Promise<Result> {
  const path = pathIn(context.io, file)
  const name = given?.trim()
  if (name === '')
    refuse('invalid_input', '--name is empty', { field: 'name', suggestion: commandLine(['import', file]) })
  if (name && name.length > 100) refuse('invalid_input', '--name may have 100 characters at most', { field: 'name' })
  const progress = new Progress(context)
  let sent = 0
  const again = commandLine(['import', file, ...(name ? ['--name', name] : [])])
  const far = () => `It is there up to entry ${sent}, in no list until it is whole, and the same command goes on`
  const stopped = () => ({ message: sent ? `Stopped. ${far()}.` : 'Stopped. Nothing was sent yet.', next: [again] })
  const work = async (signal: AbortSignal) => {
    await checkMayImport(context.server)
    const [whole] = await verified(readExport(bytesOf(path), file), progress)
    const { head, digest } = whole! // without a log it had been refused
    const project = idFor(whole!, name)
    await checkName(context, file, project, name ?? head.name)
    const target = { project, ...(name && { name }), digest, head: head.head }
    const on = (at: number) => {
      sent = at
      progress.show('imported', at, head.head)
    }
    const sending = send(context.server, target, readExport(bytesOf(path), file), signal, on)
    const taken = await sending.catch((error) => (sent ? brokenOff(error, far(), again) : Promise.reject(error)))
    return { file, project, name: taken.name, from: head.project, entries: head.head, duplicate: taken.duplicate }
  }
  const data = await interruptible(context, stopped, work).finally(() => progress.end())
  return found(
    data,
    ({ project, name, entries, duplicate }, { paint }) =>
      `${paint.green('✓')} ${project}  ${name}  ${duplicate ? 'is here already' : `${amount(entries)} entries`}`,
    [`maestro logs --project ${data.project}`, `maestro project use ${data.project}`],
  )
}

/** The same file makes the same project, however often; under another name, another one. */
function idFor({ head, digest }: Verified, name: string | undefined): ProjectId {
  const bytes = createHash('sha256')
    .update(`${digest}\n${name ?? ''}`)
    .digest()
  return longId('proj', head.at, bytes)
}

/** Two of the same name could not be told apart by it. */
async function checkName(context: Context, file: string, id: ProjectId, name: string): Promise<void> {
  const { items } = await context.server.ask('project.list', {})
  const same = items.find((item) => item.id !== id && item.name.toLowerCase() === name.toLowerCase())
  if (!same) return
  const free = (number: number): string => {
    const next = `${name} ${number}`
    return items.some((item) => item.id !== id && item.name.toLowerCase() === next.toLowerCase())
      ? free(number + 1)
      : next
  }
  refuse('conflict', `There is a project ${same.name} already (${same.id}): give this one another name`, {
    ...{ field: 'name', suggestion: commandLine(['import', file, '--name', free(2)]) },
  })
}

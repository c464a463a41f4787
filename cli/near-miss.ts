import { type ErrorCode, MaestroError } from '../protocol/errors.ts'
import type { Project } from '../protocol/model.ts'
import { distance } from '../protocol/nearest.ts'
import type { Context } from './context.ts'
import { commandLine } from './quote.ts'

/** More letters than these are no slip. */
const SLIP = 2

const known: { [K in ErrorCode]?: (project: Project) => string[] } = {
  task_not_found: ({ tasks }) => Object.keys(tasks),
  session_not_found: ({ sessions }) => Object.keys(sessions),
  subtask_not_found: ({ tasks }) => Object.values(tasks).flatMap(({ subtasks }) => subtasks.map(({ id }) => id)),
}

/** A whole id that nothing has is mostly one with a slip in it: the refusal names the one that was meant, if there is one. */
export async function nearMiss(context: Context, error: unknown): Promise<unknown> {
  if (!(error instanceof MaestroError)) return error
  const { code, message, help } = error
  const ids = known[code]
  const [wrong] = /\b(task|sess|sub)_[0-9a-z]{8}\b(?!.*\b(task|sess|sub)_)/.exec(message) ?? []
  if (!ids || !wrong || !context.argv.includes(wrong)) return error
  const all = await context.snapshot().then(ids, () => []) // without the project it stays as it is
  const meant = all.find((id) => distance(id, wrong) <= SLIP)
  if (!meant) return error
  const suggestion = commandLine(context.argv.map((word) => (word === wrong ? meant : word)))
  return new MaestroError(code, `${message}; did you mean ${meant}?`, { ...help, suggestion, validValues: [meant] })
}

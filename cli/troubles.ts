import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from '../embedded/home.ts'
import type { Panic } from '../local-spawner/panic.ts'
import { MaestroError } from '../protocol/errors.ts'

/**
 * What is wrong with this machine that its people should know, a sentence each: a policy that allows nothing because of
 * a mistake in it, skills that nobody is taught, and hook events that never reached the log. Read off the home itself, so it is true with the daemon away.
 */
export async function troublesOf(home: Home): Promise<string[]> {
  const { spoolState } = await import('../local-spawner/spool-reader.ts')
  const { dropped, setAside } = spoolState(home.spool)
  return [
    ...(await panicIn(home)),
    ...(await mistakeIn(home.policy)),
    ...(await mistakesInSkills(home.skills)),
    ...(dropped
      ? [`${events(dropped)} dropped and not told of yet: the spool or the disk was full, or the event too large`]
      : []),
    ...(setAside
      ? [`${events(setAside)} set aside, because nobody could read them: see ${join(home.spool, 'bad')}`]
      : []),
  ]
}

/** A panic that is not over. */
async function panicIn({ root }: Home): Promise<string[]> {
  const [{ panicOf }, { homeAt }] = await Promise.all([
    import('../local-spawner/panic.ts'),
    import('../local-spawner/home.ts'),
  ])
  const found = panicOf(homeAt(root))
  return found ? [`${panicInWords(found)} End that with: maestro panic --over`] : []
}

export function panicInWords({ at, reason }: Panic): string {
  return `Nothing is started or typed here since the panic of ${new Date(at).toISOString()}${reason && ` (${reason})`}.`
}

async function mistakeIn(policy: string): Promise<string[]> {
  if (!existsSync(policy)) return []
  const { readPolicy } = await import('../local-spawner/policy.ts')
  try {
    readPolicy(policy)
    return []
  } catch (error) {
    if (!(error instanceof MaestroError)) throw error
    return [`Nothing is started here until this is mended: ${error.message}`]
  }
}

async function mistakesInSkills(folder: string): Promise<string[]> {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return []
  const [{ packageRoot }, loader] = await Promise.all([import('../embedded/package.ts'), import('../skills/loader.ts')])
  const { problems } = loader.listAvailableSkills([join(packageRoot, 'skills'), folder])
  return problems.map(
    (problem) => `A skill is taught to nobody until this is mended: ${loader.sayProblem(problem)} (in ${folder})`,
  )
}

const events = (count: number) => (count === 1 ? '1 hook event was' : `${count} hook events were`)

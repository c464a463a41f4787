import type { KeyRow } from '../db/keys.ts'
import { Projects } from '../db/projects.ts'
import { forget } from './credentials.ts'

/** Closes the connections that were made with a key that has ended; answers how many there were. */
export async function closeFor(env: Env, { id, project }: Pick<KeyRow, 'id' | 'project'>): Promise<number> {
  forget(id)
  const projects = project ? [project] : (await new Projects(env.DB).list()).map((one) => one.id)
  const closed = await Promise.all(projects.map((one) => env.PROJECTS.getByName(one).revoke(id)))
  return closed.reduce((sum, count) => sum + count, 0)
}

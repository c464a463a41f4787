import { type Home, readJson } from '../embedded/home.ts'
import { homeAt } from '../local-spawner/home.ts'
import { hasSpawner } from '../local-spawner/lock.ts'
import { refuse } from '../protocol/errors.ts'
import { quote } from './quote.ts'

type Kept = { owner?: string; secret?: string; spawner?: string; server?: string }

/** Refuses a home that belongs to a server already: one home is one machine of one server. */
export function checkFree(home: Home, url: string, mayReplace: boolean): void {
  const kept = readJson<Kept>(home.keys)
  if (!kept?.spawner && !kept?.secret) return
  const other = `MAESTRO_HOME=${quote(`${home.root}-2`)} maestro spawner join ${url}`
  if (kept.owner || kept.secret)
    refuse('conflict', `${home.root} is the home of a server of its own (\`maestro up\`); join with another home`, {
      suggestion: other,
    })
  if (!mayReplace)
    refuse('conflict', `${home.root} is joined to ${kept.server ?? 'a server'} already`, {
      suggestion: `maestro spawner join ${url} --replace`,
    })
  if (hasSpawner(homeAt(home.root)))
    refuse('conflict', 'The spawner of this home runs, for the server that it is joined to: end it first', {
      suggestion: 'maestro spawner stop',
    })
}

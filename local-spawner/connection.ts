import { refuse } from '../protocol/errors.ts'
import { readJson } from './holder-files.ts'
import type { Home } from './home.ts'

export type Connection = {
  url: string
  key: string /** How often (ms) to ping, if not as usual. */
  heartbeat?: number
}

/** Where the server is and who we are there. */
export function connectionOf(home: Home): Connection {
  const { url } = (readJson(home.config) ?? {}) as { url?: string } // written by `maestro up` or `config set`
  const { spawner: key } = (readJson(home.keys) ?? {}) as { spawner?: string } // written by `maestro up` or `spawner join`
  const at = process.env.MAESTRO_API_URL || url
  if (!at || !key)
    refuse('unauthenticated', `${home.root} has no server or no spawner key yet`, { suggestion: 'maestro up' })
  const heartbeat = Number(process.env.MAESTRO_HEARTBEAT_MS)
  return { url: at.replace(/\/+$/, ''), key, ...(heartbeat > 0 && { heartbeat }) }
}

/** How often (ms) to ask for new projects: somebody may wait for the first one; a server far away is asked less. */
export function projectsEvery(url: string): number {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname) ? 500 : 5_000
}

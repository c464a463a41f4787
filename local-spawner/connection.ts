import { refuse } from '../protocol/errors.ts'
import { readJson } from './holder-files.ts'
import type { Home } from './home.ts'

export type Connection = { url: string; key: string }

/** Where the server is and who we are there. */
export function connectionOf(home: Home): Connection {
  const { url } = (readJson(home.config) ?? {}) as { url?: string } // written by `maestro up` or `config set`
  const { spawner: key } = (readJson(home.keys) ?? {}) as { spawner?: string } // written by `maestro up` or `spawner join`
  const at = process.env.MAESTRO_API_URL || url
  if (!at || !key)
    refuse('unauthenticated', `${home.root} has no server or no spawner key yet`, { suggestion: 'maestro up' })
  return { url: at.replace(/\/+$/, ''), key }
}

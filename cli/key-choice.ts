import { readJson } from '../embedded/home.ts'
import { refuse } from '../protocol/errors.ts'
import { loginsFile, readKey, readLogins, serverOf } from './logins.ts'
import type { Settings } from './settings.ts'

/** Where there is a key for the server. `read` gets it, which for a keychain may take a moment, or somebody's consent. */
export type KeyPlace = { origin: (typeof keyOrigins)[number]; from: string; read: () => Promise<string | undefined> }
export const keyOrigins = ['environment', 'keychain', 'file', 'home'] as const

/** Every place, the one that counts first. A session's own key wins, and an agent without one does not get a person's. */
export function keyPlaces({ env, home, url }: Settings): KeyPlace[] {
  const { MAESTRO_API_KEY: own, MAESTRO_SESSION_ID: session } = env
  const given: KeyPlace[] = own ? [{ origin: 'environment', from: 'MAESTRO_API_KEY', read: async () => own }] : []
  if (session) return given
  const login = readLogins(home)[serverOf(url)]
  const kept: KeyPlace[] = login
    ? [
        login.at === 'keychain'
          ? { origin: 'keychain', from: 'keychain', read: () => readKey(home, url, login) }
          : { origin: 'file', from: loginsFile(home), read: () => readKey(home, url, login) },
      ]
    : []
  // The server of this home answers on this machine alone, so its owner's key goes nowhere else.
  const owner = isHere(url) ? readJson<{ owner?: string }>(home.keys)?.owner : undefined
  return [...given, ...kept, ...(owner ? [{ origin: 'home', from: home.keys, read: async () => owner } as const] : [])]
}

/** The key to ask with, if there is one. */
export async function chooseKey(settings: Settings): Promise<string | undefined> {
  const [place] = keyPlaces(settings)
  if (!place) return undefined
  const key = await place.read()
  if (!key) {
    refuse(
      'unauthenticated',
      `The key for ${settings.url} is not in the keychain any more, or the keychain is locked`,
      {
        suggestion: `maestro login --url ${settings.url}`,
      },
    )
  }
  // Who has signed in to a server has chosen it; any other key knows nothing of where it is sent.
  if (place.origin !== 'keychain' && place.origin !== 'file') checkReceiver(settings)
  // Whatever refused it later would quote it.
  if (!/^[\x21-\x7e]+$/.test(key))
    refuse('unauthenticated', `The key of ${place.from} has characters in it that no key has`, {
      suggestion: `maestro login --url ${settings.url}`,
    })
  return key
}

/** A file that came with a repository must not be able to have a key sent to whoever wrote it. */
function checkReceiver(settings: Settings): void {
  const { value, origin, from } = settings.find('url')!
  if (origin !== 'project file' || value === settings.chosenUrl) return
  refuse('unauthenticated', `${from} names the server ${value}, which you never chose: no key is sent there`, {
    suggestion: `maestro config set url ${value}`,
  })
}

/** Whether the server is on this machine. */
export function isHere(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

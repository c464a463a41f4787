import { join } from 'node:path'
import { type Home, readJson, writeJson } from '../embedded/home.ts'
import { forgetInKeychain, getFromKeychain, putInKeychain } from './keychain.ts'

/** What is known of somebody's sign-in to a server. The key itself is here only where there is no keychain. */
export type Login = { at: 'keychain' | 'file'; key?: string; id: string; name: string; since: number }

/** logins.json of the home: who has signed in where. Its owner's alone. */
export const loginsFile = (home: Home) => join(home.root, 'logins.json')

export const readLogins = (home: Home) => readJson<Record<string, Login>>(loginsFile(home)) ?? {}

/** One name per server: how an address is written makes no difference. */
export function serverOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname.replace(/\/+$/, '')}`
}

/** Two homes keep their keys apart in the one keychain of the system too. */
const accountOf = (home: Home, url: string) => `${serverOf(url)} (${home.root})`

export async function readKey(home: Home, url: string, login: Login): Promise<string | undefined> {
  return login.at === 'file' ? login.key : getFromKeychain(accountOf(home, url))
}

type Facts = { key: string; id: string; name: string; since: number }

/** Keeps the key in the keychain, or else in the file; answers where it is, and why not in the keychain. */
export async function keepLogin(
  home: Home,
  url: string,
  { key, ...facts }: Facts,
  mayUseKeychain: boolean,
): Promise<{ at: Login['at']; because?: string }> {
  const because = mayUseKeychain ? await putInKeychain(accountOf(home, url), key) : 'you asked for a file'
  const login: Login = because === undefined ? { at: 'keychain', ...facts } : { at: 'file', key, ...facts }
  const logins = readLogins(home)
  const before = logins[serverOf(url)]
  if (because !== undefined && before?.at === 'keychain') await forgetInKeychain(accountOf(home, url))
  writeJson(loginsFile(home), { ...logins, [serverOf(url)]: login })
  return { at: login.at, ...(because !== undefined && { because }) }
}

/** Answers why the key could not be taken out of the keychain, if it could not: then all stays as it is. */
export async function forgetLogin(home: Home, url: string): Promise<string | undefined> {
  const { [serverOf(url)]: login, ...rest } = readLogins(home)
  const because = login?.at === 'keychain' ? await forgetInKeychain(accountOf(home, url)) : undefined
  if (because === undefined) writeJson(loginsFile(home), rest)
  return because
}

import { homedir } from 'node:os'
import { isSecretName } from '../hooks/assigned.ts'
import type { Profile } from './policy.ts'

/** What every program may know of the machine. All else is named in the policy. */
const usual = new Set(['HOME', 'PATH', 'LANG', 'TERM', 'USER', 'SHELL', 'TZ'])

type Variables = Record<string, string>

/** The environment an agent of this profile gets from `own`, the daemon's: an allowlist, and never anything of ours. */
export function environmentFor({ env, set }: Profile, own: NodeJS.ProcessEnv): Variables {
  const isAllowed = (name: string) => usual.has(name) || name.startsWith('LC_') || env.includes(name)
  const passed = Object.entries(own).filter(([name, value]) => value !== undefined && isAllowed(name))
  return { ...(Object.fromEntries(passed) as Variables), TERM: 'xterm-256color', COLORTERM: 'truecolor', ...set } // `undefined` was left out
}

/** The values in it that must not leave the machine. A short one would mask half of every text. */
export function secretsIn(environment: Variables): string[] {
  const named = Object.entries(environment).filter(([name]) => isSecretName(name))
  const within = Object.values(environment).map((value) => passwordIn(value))
  return [...named.map(([, value]) => value), ...within].filter((value) => value.length >= 8)
}

/** Of `postgres://app:password@db`, whatever the variable is called. */
const passwordIn = (value: string) => /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:([^\s@/]+)@/i.exec(value)?.[1] ?? ''

/** The environment of a program of this profile; of one that was started by hand, as far as is known, this user's own. */
export function environmentOf(profile: Profile | undefined): Variables {
  const own = { HOME: homedir(), ...process.env }
  return profile ? environmentFor(profile, own) : (own as Variables) // what is not set is not asked for
}

import { isSecretName } from '../hooks/secrets.ts'
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
  return Object.entries(environment)
    .filter(([name, value]) => isSecretName(name) && value.length >= 8)
    .map(([, value]) => value)
}

/** That of this process: where nobody knows what an agent was started with, its people's own is the best guess. */
export function ownEnvironment(): Variables {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

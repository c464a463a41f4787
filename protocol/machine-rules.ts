import type { Spawner } from './model.ts'

/** The oldest daemon that may start sessions here: an older one would not do what is asked of it now. */
export const OLDEST_SPAWNER = '0.1.0'

/** Whether a daemon is older than it may be. A version that is no `1.2.3` is somebody's own build, and is trusted. */
export function isTooOld(version: string): boolean {
  const [have, need] = [numbersIn(version), numbersIn(OLDEST_SPAWNER)]
  if (!have || !need) return false
  const at = have.findIndex((part, i) => part !== need[i])
  return at >= 0 && have[at]! < need[at]!
}

function numbersIn(version: string): number[] | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)
  return found?.slice(1).map(Number)
}

/** How long `ms` is, in one unit: `40 s`, `5 min`, `3 h`, `2 d`. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `at` (ms since 1970) the same everywhere: `2026-11-27 14:02 UTC`. */
export const moment = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** What there is instead, for people. */
export function oneOf(names: readonly string[]): string {
  if (names.length === 0) return 'it has none'
  const more = names.length - 8
  return `it has ${names.slice(0, 8).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** What a machine says of itself, as the project has it: a name that a person gave stays, and its own is kept beside it. */
export function asKnown<F extends { name: string }>(
  known: Spawner | undefined,
  facts: F,
): F & { ownName: string | null } {
  if (!known || known.ownName === null) return { ...facts, ownName: null }
  return { ...facts, name: known.name, ownName: facts.name }
}

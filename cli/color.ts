import type { Io } from './context.ts'

/** Colour is for people at a terminal, unless they say otherwise: https://no-color.org and https://bixense.com/clicolors. */
export function wantsColor({ env, terminal }: Io, stream: 'out' | 'err', flag: boolean | undefined): boolean {
  if (flag === false || env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (env.CLICOLOR_FORCE) return env.CLICOLOR_FORCE !== '0'
  if (env.CLICOLOR === '0') return false
  return terminal[stream] && env.TERM !== 'dumb'
}

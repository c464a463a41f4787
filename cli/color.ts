import type { Io } from './context.ts'

/** Colour is for people at a terminal, unless they say otherwise: https://no-color.org. */
export function wantsColor({ env, terminal }: Io, stream: 'out' | 'err', flag: boolean | undefined): boolean {
  if (flag === false || env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return terminal[stream] && env.TERM !== 'dumb'
}

import { refuse } from '../protocol/errors.ts'

const units = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `10m`, `90s`, `1h30m` in ms. A number alone is refused: nobody would know of what. */
export function duration(name: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h|d)/g)]
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text)
    return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0) // the pattern has no others
  const meant = /^\d+$/.test(text) ? `${text}s` : '10m'
  refuse('invalid_input', `--${name} is a number with a unit, like 90s, 10m or 2h; not ${text}`, {
    field: name,
    validValues: [...new Set([meant, '90s', '10m', '2h'])],
  })
}

/** The same the other way round: `10m`. */
export function shortDuration(ms: number): string {
  if (ms % units.h === 0 && ms > 0) return `${ms / units.h}h`
  if (ms % units.m === 0 && ms > 0) return `${ms / units.m}m`
  return ms % units.s === 0 ? `${ms / units.s}s` : `${ms}ms`
}

import type { Verdict } from './invariants.ts'

/** Each invariant with what it was judged by, then the figures of the run, for people. */
export function report(title: string, verdicts: Verdict[], figures: Record<string, string | number>): string {
  const rows = verdicts.map(({ number, promise, looked, wrong }) => [
    `${wrong.length ? '✗' : '✓'} ${number}`,
    promise,
    looked,
    ...wrong.slice(0, 10).map((one) => `\n      ${one}`),
  ])
  const lines = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(34)} ${value}`)
  const [numbers, promises] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const told = rows.map(
    ([number, promise, looked, ...wrong]) =>
      `  ${number!.padEnd(numbers!)}  ${promise!.padEnd(promises!)}  ${looked}${wrong.join('')}`,
  )
  return ['', title, ...told, ...lines, ''].join('\n')
}

/** How many wrongs of that kind there are: `lost`, `doubled`, `came after`. */
export const count = (verdicts: Verdict[], how: string) =>
  verdicts.flatMap(({ wrong }) => wrong).filter((one) => one.includes(how)).length

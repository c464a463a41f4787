const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How long `ms` is, for people: `4 ms`, `8.4 s`, `2 m 5 s`, `1 h 3 m`. */
export function lasting(ms: number): string {
  if (ms < second) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 10 * second) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < minute) return `${Math.floor(ms / second)} s`
  if (ms < hour) return pair(ms, minute, 'm', second, 's')
  if (ms < day) return pair(ms, hour, 'h', minute, 'm')
  return pair(ms, day, 'd', hour, 'h')
}

/** How long ago, in one unit so that it stays short and still: `now`, `12 s`, `2 m`, `3 h`, `4 d`. */
export function since(ms: number): string {
  if (ms < second) return 'now'
  if (ms < minute) return `${Math.floor(ms / second)} s`
  if (ms < hour) return `${Math.floor(ms / minute)} m`
  if (ms < day) return `${Math.floor(ms / hour)} h`
  return `${Math.floor(ms / day)} d`
}

const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** `14:02:11`, by this machine's clock and zone. */
export const clockTime = (at: number) => clockFormat.format(at)
/** The whole date with its zone, for titles. */
export const fullTime = (at: number) => fullFormat.format(at)

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${largeName}${rest ? ` ${rest} ${smallName}` : ''}`
}

const countFormat = new Intl.NumberFormat(undefined)
export const count = (n: number) => countFormat.format(n)

/** `1 subtask`, `3 subtasks`. */
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`

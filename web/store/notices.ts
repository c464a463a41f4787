import { createSignal } from 'solid-js'
import { MaestroError } from '../../protocol/errors.ts'
import { isSignedOut } from './person.ts'

export type Notice = { id: number; text: string; way?: string | undefined; times: number }

const SHOWN_MS = 5_000
const [notices, setNotices] = createSignal<Notice[]>([])
let last = 0

export { notices }

/** Says `text` for five seconds; the same once more counts up what is there. */
export function notify(text: string, way?: string): void {
  const known = notices().find((notice) => notice.text === text)
  const notice = known ? { ...known, times: known.times + 1 } : { id: ++last, text, way, times: 1 }
  setNotices((all) => [...all.filter(({ id }) => id !== notice.id), notice].slice(-3))
  setTimeout(
    () => setNotices((all) => all.filter((one) => one.id !== notice.id || one.times !== notice.times)),
    SHOWN_MS,
  )
}

export function dismiss(id: number): void {
  setNotices((all) => all.filter((notice) => notice.id !== id))
}

/** The outcome of `asked`, or nothing and a notice that says why not. */
export async function orNotice<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isSignedOut(error)) return undefined
    if (!(error instanceof MaestroError)) throw error
    notify(error.message, error.help.suggestion)
    return undefined
  }
}

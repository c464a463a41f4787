import type { Context } from './context.ts'

/** The exit code of what Ctrl-C ended. */
export const INTERRUPTED = 130

/** Somebody pressed Ctrl-C: what goes on without the command, and how to come back to it. */
export class Interrupted extends Error {
  readonly next: string[]
  constructor(message: string, next: string[]) {
    super(message)
    this.next = next
  }
}

/** What `work` comes to, unless Ctrl-C ends it first; `signal` is set when nobody waits for it any more. */
export async function interruptible<T>(
  context: Context,
  goesOn: () => { message: string; next: string[] },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const interrupted = Promise.withResolvers<never>()
  const giveBack = context.io.takeInterrupts(() => {
    const { message, next } = goesOn()
    interrupted.reject(new Interrupted(message, next))
  })
  try {
    return await Promise.race([work(over.signal), interrupted.promise])
  } finally {
    over.abort()
    giveBack?.()
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** npm passes on a Ctrl-C that the terminal has already sent to everyone: that is one wish, not two. */
const sameWish = 500

export class Interrupted extends Error {}

/** The first signal asks for a clean stop; a later one ends the process at once. */
export function listenForInterruption(onFirst: () => void) {
  const controller = new AbortController()
  const happened = Promise.withResolvers<void>()
  let since = 0
  const handle = () => {
    if (!controller.signal.aborted) {
      since = Date.now()
      controller.abort(new Interrupted())
      happened.resolve()
      onFirst()
    } else if (Date.now() - since > sameWish) process.exit(130)
  }
  for (const signal of signals) process.on(signal, handle)
  return {
    signal: controller.signal,
    happened: happened.promise,
    forget: () => {
      for (const signal of signals) process.off(signal, handle)
    },
  }
}

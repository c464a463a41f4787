import { createSignal } from 'solid-js'

const [now, setNow] = createSignal(Date.now())
setInterval(() => {
  if (!document.hidden) setNow(Date.now())
}, 1_000)
document.addEventListener('visibilitychange', () => setNow(Date.now()))

/** The present (ms), which everything that ticks reads, so that it all ticks together. */
export { now }

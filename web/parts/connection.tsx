import { createSignal, onCleanup, Show } from 'solid-js'
import { now } from '../store/clock.ts'
import { useProject } from '../store/context.tsx'
import { count } from '../words/time.ts'

type Said = { word: string; dot: string; bad: boolean }

/** How what is shown stands to what is: never silently old. */
export function createConnection() {
  const { status } = useProject()
  const [online, setOnline] = createSignal(navigator.onLine)
  const look = () => setOnline(navigator.onLine)
  addEventListener('online', look)
  addEventListener('offline', look)
  onCleanup(() => {
    removeEventListener('online', look)
    removeEventListener('offline', look)
  })
  return (): Said => {
    const at = status()
    if (at.state === 'live') return { word: 'Live', dot: 'bg-green', bad: false }
    if (at.state === 'catching-up') return { word: `Catching up ${count(at.behind)}`, dot: 'bg-blue', bad: false }
    if (at.state === 'stopped') return { word: stopped[at.reason], dot: 'bg-red', bad: true }
    if (!online()) return { word: 'Offline', dot: 'bg-red', bad: true }
    if (at.state === 'connecting') return { word: 'Connecting', dot: 'bg-amber', bad: false }
    const seconds = Math.max(0, Math.ceil((at.at - now()) / 1_000))
    return { word: seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting', dot: 'bg-amber', bad: true }
  }
}

const stopped = {
  closed: 'Closed',
  'signed-out': 'Signed out',
  forbidden: 'No access',
  superseded: 'Taken over elsewhere',
}

export function ConnectionStatus() {
  const { seq } = useProject()
  const said = createConnection()
  return (
    <div class="flex items-center gap-2 px-2 text-xs text-dim max-md:px-0" role="status" aria-label="Connection">
      <span class={`size-[7px] shrink-0 rounded-full ${said().dot}`} />
      <span class="whitespace-nowrap">{said().word}</span>
      <Show when={!said().bad && seq() > 0}>
        <span
          class="mono text-[11px] text-faint max-lg:hidden"
          title="The last entry of the project’s log that is shown here"
        >
          seq {count(seq())}
        </span>
      </Show>
    </div>
  )
}

/** A line above everything while what is shown may be old. */
export function StaleBanner() {
  const { hurry, known } = useProject()
  const said = createConnection()
  return (
    <Show when={said().bad}>
      <p class="flex h-8 shrink-0 items-center justify-center gap-2 border-b border-line bg-amber-bg px-4 text-xs text-amber">
        {said().word}.{known() ? ' What you see may be old.' : ''}
        <button type="button" class="underline" onClick={() => hurry()}>
          Try now
        </button>
      </p>
    </Show>
  )
}

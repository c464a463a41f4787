import { createSignal, Show } from 'solid-js'
import { useProject } from '../store/context.tsx'
import { whoami } from '../store/person.ts'
import { visible } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Ago } from './time.tsx'

/** A line above everything while the project is frozen: who did it, since when, why, and the way out of it. */
export function FrozenBanner() {
  const { project, thaw } = useProject()
  const [busy, setBusy] = createSignal(false)
  const end = async () => {
    setBusy(true)
    await thaw()
    setBusy(false)
  }
  return (
    <Show when={project.frozen}>
      {(frozen) => (
        <section
          aria-label="Freeze"
          class="flex min-h-9 shrink-0 items-center justify-center gap-3 border-b border-line bg-blue-bg px-4 py-1 text-xs text-blue"
        >
          <p role="status" class="min-w-0 truncate max-md:whitespace-normal">
            {/* What ticks is not told again and again. */}
            Frozen for{' '}
            <span aria-live="off">
              <Ago at={frozen().at} />
            </span>{' '}
            by {visible(frozen().by.replace(/^person:/, ''))}
            <Show when={frozen().reason}>{(reason) => <>: {visible(reason())}</>}</Show>. Nothing is started or typed;
            what runs goes on.
          </p>
          <Show when={whoami()?.scopes.includes('project:write')}>
            <Button disabled={busy()} onClick={() => void end()}>
              Thaw
            </Button>
          </Show>
        </section>
      )}
    </Show>
  )
}

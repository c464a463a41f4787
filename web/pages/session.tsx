import { useNavigate, useParams, useSearchParams } from '@solidjs/router'
import { Show } from 'solid-js'
import type { SessionId } from '../../protocol/ids.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { SessionAside } from '../parts/session-aside.tsx'
import { SessionView } from '../parts/session-view.tsx'
import { useProject } from '../store/context.tsx'
import { wide } from '../store/screen.ts'
import { type TabName, tabs } from '../store/selection.ts'
import { createShortcuts } from '../store/shortcuts.ts'

export default function SessionPage() {
  const { id, project } = useProject()
  const params = useParams<{ session: string }>()
  const [search, setSearch] = useSearchParams<{ tab?: string }>()
  const go = useNavigate()
  const session = () => project.sessions[params.session as SessionId] // what is no id finds nothing
  const tab = () => tabs.find((name) => name === search.tab) ?? (wide() ? 'activity' : 'terminal')
  const leave = () => go(`/p/${id}?session=${params.session}`)
  createShortcuts({ Escape: leave })
  const back = () => (
    <Button look="quiet" class="-ml-2" aria-label="Back to Mission" onClick={leave}>
      <Icon name="back" />
    </Button>
  )
  return (
    <Show when={session()} fallback={<p class="p-6 text-dim">There is no session {params.session} here.</p>}>
      {(one) => (
        <div class="flex min-h-0 flex-1">
          <SessionView
            of={one()}
            tab={tab()}
            onTab={(name: TabName) => setSearch({ tab: name }, { replace: true })}
            before={back()}
            page
          />
          <Show when={wide()}>
            <SessionAside of={one()} tab={tab()} large />
          </Show>
        </div>
      )}
    </Show>
  )
}

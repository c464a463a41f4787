import { A, type RouteSectionProps, useLocation, useNavigate, useParams } from '@solidjs/router'
import { createMemo, onCleanup, Show, Suspense } from 'solid-js'
import type { ProjectId } from '../../protocol/ids.ts'
import { StaleBanner } from '../parts/connection.tsx'
import { Dialogs } from '../parts/dialogs.tsx'
import { FrozenBanner } from '../parts/frozen.tsx'
import { Nav, places } from '../parts/nav.tsx'
import { ProjectProvider, useProject } from '../store/context.tsx'
import { dialog, openDialog } from '../store/dialog.ts'
import { createTitle, needsYou } from '../store/needs.ts'
import { client, key } from '../store/person.ts'
import { createProject } from '../store/project.ts'
import { createShortcuts } from '../store/shortcuts.ts'

/** Around every page of a project: its store, kept live for as long as one looks at it. */
export function ProjectPage(props: RouteSectionProps) {
  const params = useParams<{ project: string }>()
  const whose = createMemo(() => (key() ? `${params.project} ${key()}` : undefined))
  return (
    <Show when={whose()} keyed>
      <Project id={params.project as ProjectId}>{props.children}</Project>
    </Show>
  )
}

function Project(props: { id: ProjectId; children: RouteSectionProps['children'] }) {
  const store = createProject(client(), props.id)
  store.start()
  const wake = () => document.hidden || store.hurry()
  addEventListener('online', wake)
  document.addEventListener('visibilitychange', wake)
  onCleanup(() => {
    store.stop()
    removeEventListener('online', wake)
    document.removeEventListener('visibilitychange', wake)
  })
  return (
    <ProjectProvider value={store}>
      <Frame>{props.children}</Frame>
    </ProjectProvider>
  )
}

function Frame(props: { children: RouteSectionProps['children'] }) {
  const { id, project, known, status } = useProject()
  const at = useLocation()
  const go = useNavigate()
  const place = () => places.find(({ path }) => at.pathname === `/p/${id}${path}`)?.word ?? 'Maestro'
  const title = () => (project.name ? `${place()} · ${project.name}` : place())
  createTitle(title, () => needsYou(project).length)
  createShortcuts({
    ...Object.fromEntries(places.map(({ keys, path }) => [keys, () => go(`/p/${id}${path}`)])),
    n: () => openDialog({ name: 'new-task' }),
    '?': () => openDialog({ name: 'shortcuts' }),
  })
  const refused = () => {
    const now = status()
    return now.state === 'stopped' && now.reason === 'forbidden'
  }
  return (
    <div class="flex h-dvh flex-col" inert={dialog() !== undefined || undefined}>
      <StaleBanner />
      <FrozenBanner />
      <div class="flex min-h-0 flex-1 max-md:flex-col">
        <Nav />
        <main class="flex min-h-0 min-w-0 flex-1 flex-col">
          <h1 class="sr-only">{title()}</h1>
          <Show when={!refused()} fallback={<NoSuchProject />}>
            <Show when={known()} fallback={<Waiting />}>
              <Suspense>{props.children}</Suspense>
            </Show>
          </Show>
        </main>
      </div>
      <Dialogs />
      <Announce />
    </div>
  )
}

/** Says aloud, politely, when somebody new waits for a person. */
function Announce() {
  const { project } = useProject()
  const text = () => {
    const waiting = needsYou(project)
    if (waiting.length === 0) return ''
    return waiting.length === 1 ? `${waiting[0]!.name} needs you` : `${waiting.length} sessions need you`
  }
  return (
    <div aria-live="polite" class="sr-only">
      {text()}
    </div>
  )
}

function Waiting() {
  return (
    <p class="p-4 text-faint" role="status">
      Looking…
    </p>
  )
}

function NoSuchProject() {
  return (
    <div class="grid flex-1 place-items-center p-6">
      <p class="text-dim">
        There is no such project, or this key may not see it.{' '}
        <A href="/" class="text-accent hover:underline">
          All projects
        </A>
      </p>
    </div>
  )
}

import { useNavigate } from '@solidjs/router'
import { createEffect, lazy, Match, Show, Suspense, Switch } from 'solid-js'
import { Button } from '../parts/button.tsx'
import { LiveActivityFeed } from '../parts/feed.tsx'
import { Icon } from '../parts/icon.tsx'
import { ProjectBar } from '../parts/project-bar.tsx'
import { SessionAside } from '../parts/session-aside.tsx'
import { createOrder, SessionList } from '../parts/session-list.tsx'
import { SessionView } from '../parts/session-view.tsx'
import { Spent } from '../parts/spent.tsx'
import { TaskView } from '../parts/task-view.tsx'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { narrow, wide } from '../store/screen.ts'
import { createSelection } from '../store/selection.ts'
import { createShortcuts } from '../store/shortcuts.ts'
import { count } from '../words/time.ts'

// Seen once in the life of a project: whoever comes back to one does not load it.
const FirstSteps = lazy(() => import('../parts/empty-mission.tsx'))
const EmptyMission = () => (
  <Suspense>
    <FirstSteps />
  </Suspense>
)

export function Mission() {
  const store = useProject()
  const { project } = store
  const go = useNavigate()
  const selection = createSelection()
  const order = createOrder()
  const session = () => project.sessions[selection.session()!] // undefined is no key there
  const task = () => project.tasks[selection.task()!]
  const some = () => Boolean(session() ?? task())

  // Whoever comes without a selection gets what wants attention most; once, so that nothing changes under their eyes.
  let landed = false
  createEffect(() => {
    if (landed || order.items().length === 0) return
    landed = true
    if (!some() && !narrow()) selection.select(order.items()[0])
  })

  const step = (by: number) => {
    const items = order.items()
    const at = items.findIndex(({ id }) => id === selection.session() || id === selection.task())
    const next = items[Math.max(0, Math.min(items.length - 1, at + by))]
    if (next) selection.select(next)
  }
  createShortcuts({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => {
      if (session()) go(`/p/${store.id}/sessions/${session()!.id}`)
      else if (task()) go(`/p/${store.id}/tasks/${task()!.id}`)
    },
    Escape: () => selection.select(undefined),
    s: () => task() && openDialog({ name: 'start', task: task()!.id }),
  })
  const back = () => (
    <Show when={narrow()}>
      <Button look="quiet" class="-ml-2" aria-label="Back to the list" onClick={() => selection.select(undefined)}>
        <Icon name="back" />
      </Button>
    </Show>
  )

  return (
    <div class="flex min-h-0 flex-1">
      <Show when={!narrow() || !some()}>
        <div class="flex w-full flex-col border-line md:w-[300px] md:shrink-0 md:border-r lg:w-[328px]">
          <ProjectBar title="Sessions" note={<Total />}>
            <Button look="strong" keys="n" onClick={() => openDialog({ name: 'new-task' })}>
              New task
            </Button>
          </ProjectBar>
          <Show
            when={order.items().length > 0}
            fallback={
              <Show when={narrow()} fallback={<Quiet />}>
                <EmptyMission />
              </Show>
            }
          >
            <SessionList order={order} selection={selection} />
          </Show>
        </div>
      </Show>
      <Show when={!narrow() || some()}>
        <Switch fallback={<Everything empty={order.items().length === 0} />}>
          <Match when={session()}>
            {(one) => (
              <>
                <SessionView of={one()} tab={selection.tab()} onTab={selection.pickTab} before={back()} />
                <Show when={wide()}>
                  <SessionAside of={one()} tab={selection.tab()} />
                </Show>
              </>
            )}
          </Match>
          <Match when={task()}>{(one) => <TaskView of={one()} before={back()} />}</Match>
        </Switch>
      </Show>
    </div>
  )
}

/** How many sessions there are, and what all of them have cost. */
function Total() {
  const { project } = useProject()
  return (
    <>
      {count(Object.keys(project.sessions).length)}
      <Spent models={project.usage} short class="ml-2.5 text-xs" />
    </>
  )
}

const Quiet = () => <p class="px-4 py-4 text-faint">No sessions and no tasks yet.</p>

/** With nothing selected: what happens in the whole project. */
function Everything(props: { empty: boolean }) {
  const { feedOf } = useProject()
  return (
    <section class="flex min-h-0 min-w-0 flex-1 flex-col">
      <Show when={!props.empty} fallback={<EmptyMission />}>
        <header class="flex h-11 shrink-0 items-center border-b border-line px-4 font-semibold">
          Everything that happens
        </header>
        <LiveActivityFeed feed={feedOf()} whose />
      </Show>
    </section>
  )
}

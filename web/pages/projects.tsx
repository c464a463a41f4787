import { A, useNavigate } from '@solidjs/router'
import { createSignal, For, onMount, Show } from 'solid-js'
import type { ProjectFacts } from '../../protocol/directory.ts'
import { Button } from '../parts/button.tsx'
import { Glyph } from '../parts/glyph.tsx'
import { Icon } from '../parts/icon.tsx'
import { Ago } from '../parts/time.tsx'
import { createTitle } from '../store/needs.ts'
import { signOut } from '../store/person.ts'
import { createNamedProject, projects, refreshProjects, runDemo } from '../store/projects.ts'
import { count } from '../words/time.ts'

export default function Projects() {
  const waiting = () => (projects.latest ?? []).reduce((sum, { needsYou }) => sum + needsYou, 0)
  createTitle(() => 'Projects', waiting)
  onMount(refreshProjects)
  const byNeed = () =>
    [...(projects.latest ?? [])].sort(
      (a, b) => b.needsYou - a.needsYou || b.running - a.running || b.createdAt - a.createdAt,
    )
  return (
    <main class="h-full overflow-auto">
      <div class="mx-auto max-w-2xl px-4 py-10 md:pt-[14vh]">
        <header class="mb-6 flex items-center gap-3">
          <Glyph size="large" />
          <h1 class="text-xl font-semibold">Projects</h1>
          <Button look="quiet" class="ml-auto" onClick={signOut}>
            Sign out
          </Button>
        </header>
        <Show
          when={byNeed().length > 0}
          fallback={
            <Show when={!projects.loading}>
              <Welcome />
            </Show>
          }
        >
          <ul class="overflow-hidden rounded-lg border border-edge bg-panel">
            <For each={byNeed()}>{(project) => <Line of={project} />}</For>
          </ul>
        </Show>
        <Show when={projects.latest}>
          <NewProject first={byNeed().length === 0} />
        </Show>
      </div>
    </main>
  )
}

function Line(props: { of: ProjectFacts }) {
  return (
    <li class="relative flex h-12 items-center gap-3 border-b border-line px-4 last:border-0 hover:bg-raise">
      <A href={`/p/${props.of.id}`} class="cover truncate font-medium">
        {props.of.name}
      </A>
      <span class="ml-auto" />
      <Show when={props.of.needsYou}>
        <span class="inline-flex h-5 shrink-0 items-center gap-1.5 rounded-[5px] bg-amber-bg px-1.5 text-xs text-amber">
          <Icon name="alert" size={12} /> {count(props.of.needsYou)}
          <span class="max-md:sr-only">{props.of.needsYou === 1 ? 'needs' : 'need'} you</span>
        </span>
      </Show>
      <Show when={props.of.running}>
        <span class="inline-flex shrink-0 items-center gap-1.5 text-xs text-blue">
          <Icon name="working" size={12} /> {count(props.of.running)}
          <span class="max-md:sr-only">working</span>
        </span>
      </Show>
      <span class="w-12 shrink-0 text-right text-xs text-faint">
        <Ago at={props.of.createdAt} />
      </span>
      <Icon name="chevron" class="text-faint" />
    </li>
  )
}

function Welcome() {
  const go = useNavigate()
  const [busy, setBusy] = createSignal(false)
  const run = async () => {
    setBusy(true)
    const demo = await runDemo()
    setBusy(false)
    if (demo) go(`/p/${demo.project}?session=${demo.session}`)
  }
  return (
    <section class="rounded-lg border border-edge bg-panel p-5">
      <h2 class="text-lg font-semibold">See an agent at work</h2>
      <p class="mt-1 max-w-prose text-dim">
        The demo agent needs no account and no model. It starts in a real terminal on this machine, works on a small
        task, asks you something, and finishes. You watch it live.
      </p>
      <Button look="strong" class="mt-4" tall disabled={busy()} onClick={() => void run()}>
        <Icon name="play" size={13} /> {busy() ? 'Starting…' : 'Run the demo'}
      </Button>
    </section>
  )
}

function NewProject(props: { first: boolean }) {
  const go = useNavigate()
  const [name, setName] = createSignal('')
  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    const project = name().trim() && (await createNamedProject(name().trim()))
    if (project) go(`/p/${project}`)
  }
  return (
    <form class="mt-3 flex gap-2" onSubmit={(event) => void create(event)}>
      <input
        aria-label="Name of a new project"
        placeholder={props.first ? 'Or name a project of your own' : 'New project'}
        maxLength={100}
        class="h-8 pointer-coarse:h-9 min-w-0 flex-1 rounded-lg border border-edge bg-panel px-3 placeholder:text-faint focus-visible:outline-2 focus-visible:outline-accent"
        value={name()}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" tall disabled={!name().trim()}>
        Create
      </Button>
    </form>
  )
}

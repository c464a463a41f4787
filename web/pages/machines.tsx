import { For, Show } from 'solid-js'
import { Copy } from '../parts/copy.tsx'
import { MachineCard } from '../parts/machine-card.tsx'
import { ProjectBar } from '../parts/project-bar.tsx'
import { useProject } from '../store/context.tsx'

/** Every machine of the project: how it is, what it may start, and what a person may do about it. */
export default function Machines() {
  const { project } = useProject()
  const rank = (id: string) => {
    const { revoked, status } = project.spawners[id as keyof typeof project.spawners]! // its own key
    return revoked ? 2 : status === 'online' ? 0 : 1
  }
  const ids = () =>
    Object.values(project.spawners)
      .sort((a, b) => rank(a.id) - rank(b.id) || a.name.localeCompare(b.name))
      .map(({ id }) => id)
  return (
    <>
      <ProjectBar title="Machines" note="what they may start is up to their own policy files" />
      <div class="min-h-0 flex-1 overflow-auto p-4">
        <Show when={ids().length > 0} fallback={<p class="pb-3 text-dim">No machine has connected yet.</p>}>
          <ul class="max-w-4xl rounded-lg border border-line">
            <For each={ids()}>{(id) => <MachineCard of={project.spawners[id]!} />}</For>
          </ul>
        </Show>
        <p class="mt-4 flex flex-wrap items-center gap-2 text-dim">
          A further machine joins with a one-use key: <Copy text="maestro spawner invite" />
        </p>
      </div>
    </>
  )
}

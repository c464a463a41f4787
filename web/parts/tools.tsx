import { createMemo, For, Show } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { count, lasting, plural } from '../words/time.ts'

/** How much each tool was used, the most used first, and how often it failed. */
export function ToolUsage(props: { of: Session }) {
  const names = createMemo(() =>
    Object.keys(props.of.tools).sort((a, b) => props.of.tools[b]!.calls - props.of.tools[a]!.calls),
  )
  const most = () => Math.max(1, ...Object.values(props.of.tools).map(({ calls }) => calls))
  return (
    <Show when={names().length > 0} fallback={<p class="text-faint">It has used no tool yet.</p>}>
      <ul class="space-y-0.5">
        <For each={names()}>{(name) => <Bar name={name} use={props.of.tools[name]!} most={most()} />}</For>
      </ul>
    </Show>
  )
}

export function toolSummary(session: Session): string {
  const uses = Object.values(session.tools)
  const failed = uses.reduce((sum, { failures }) => sum + failures, 0)
  const calls = plural(
    uses.reduce((sum, use) => sum + use.calls, 0),
    'call',
  )
  return failed ? `${calls} · ${count(failed)} failed` : calls
}

function Bar(props: { name: string; use: Session['tools'][string]; most: number }) {
  const share = (n: number) => `${(n / props.most) * 100}%`
  const worked = () => props.use.calls - props.use.failures
  const mean = () => lasting(props.use.ms / props.use.calls)
  return (
    <li
      class="grid h-5 grid-cols-[72px_1fr_96px] items-center gap-2.5 text-xs"
      title={`${props.name}: ${plural(props.use.calls, 'call')}, ${props.use.failures} failed, ${mean()} on average, last ${lasting(props.use.lastMs)}`}
    >
      <span class="truncate">{props.name}</span>
      <span class="flex gap-0.5" aria-hidden="true">
        <i class="h-1.5 rounded-full bg-blue" style={{ width: share(worked()) }} />
        <Show when={props.use.failures}>
          <i class="h-1.5 rounded-full bg-red" style={{ width: share(props.use.failures) }} />
        </Show>
      </span>
      <span class="text-right whitespace-nowrap text-faint">
        {count(props.use.calls)} · {mean()}
      </span>
    </li>
  )
}

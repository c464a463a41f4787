import { createMemo, For, Show } from 'solid-js'
import type { TaskId } from '../../protocol/ids.ts'
import { estimate, formatCost, pricesDate, withoutPrice } from '../../protocol/prices.ts'
import { allTokens, formatTokens, type Models, type ModelUsage, sentTokens, totalOf } from '../../protocol/usage.ts'
import { usageOfTask } from '../../protocol/usage-report.ts'
import { useProject } from '../store/context.tsx'
import { count } from '../words/time.ts'

type Props = { models?: Models | undefined; task?: TaskId; table?: true; short?: true; class?: string }

/** Tokens and what they are estimated to cost, with all there is to say in the title. Of a task: of all its sessions, by their shares. */
export default function Usage(props: Props) {
  const { project } = useProject()
  const models = createMemo(() => (props.task ? usageOfTask(project, props.task) : (props.models ?? {})))
  const total = createMemo(() => totalOf(models()))
  const known = createMemo(() => estimate(models()))
  const without = createMemo(() => withoutPrice(known()))
  // A part whose price is not known would make a sum look smaller than it is.
  const cost = () => formatCost(known().cost) && `${formatCost(known().cost)}${without() && ' and more'}`
  const text = () => [props.short && cost() ? '' : `${formatTokens(allTokens(total()))} tokens`, cost()]
  return (
    <Show when={allTokens(total()) > 0}>
      <Show when={!props.table} fallback={<UsageTable models={models()} />}>
        <span class={`whitespace-nowrap ${props.class ?? ''}`} title={inFull(total(), without())}>
          {text().filter(Boolean).join(' · ')}
        </span>
      </Show>
    </Show>
  )
}

const inFull = (total: ModelUsage, without: string) =>
  [
    `${count(sentTokens(total))} tokens in, ${count(total.cacheRead)} of them from the cache`,
    `${count(total.output)} out, in ${count(total.messages)} answers`,
    [`the cost is an estimate by list prices of ${pricesDate}`, without].filter(Boolean).join(', '),
  ].join('\n')

/** What each model was sent and answered, and what that is estimated to cost. */
function UsageTable(props: { models: Models }) {
  const names = createMemo(() => Object.keys(props.models).sort())
  const known = createMemo(() => estimate(props.models))
  return (
    <>
      <table class="w-full text-xs tabular-nums">
        <thead class="text-faint">
          <tr class="h-5 text-right">
            <th class="text-left font-normal">Model</th>
            <th class="font-normal">In</th>
            <th class="font-normal">Cached</th>
            <th class="font-normal">Out</th>
            <th class="w-24 font-normal">Cost</th>
          </tr>
        </thead>
        <tbody>
          <For each={names()}>{(name) => <ModelRow name={name} usage={props.models[name]!} />}</For>
        </tbody>
      </table>
      <p class="mt-1.5 text-xs text-faint">
        An estimate by list prices of {pricesDate}
        <Show when={withoutPrice(known())}>{(left) => <>, {left()}</>}</Show>
      </p>
    </>
  )
}

function ModelRow(props: { name: string; usage: ModelUsage }) {
  const cost = () => formatCost(estimate({ [props.name]: props.usage }).cost)
  return (
    <tr class="h-5 text-right">
      <td class="mono max-w-0 truncate pr-2 text-left" title={props.name}>
        {props.name}
      </td>
      <td class="w-14" title={count(sentTokens(props.usage))}>
        {formatTokens(sentTokens(props.usage))}
      </td>
      <td class="w-14 text-dim" title={count(props.usage.cacheRead)}>
        {formatTokens(props.usage.cacheRead)}
      </td>
      <td class="w-14" title={count(props.usage.output)}>
        {formatTokens(props.usage.output)}
      </td>
      <td class={`w-24 whitespace-nowrap ${cost() ? '' : 'text-faint'}`}>{cost() || 'not known'}</td>
    </tr>
  )
}

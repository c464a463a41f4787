import { Match, Show, Switch } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { unreachableSince, waitsFor } from '../../protocol/session-rules.ts'
import { now } from '../store/clock.ts'
import { useProject } from '../store/context.tsx'
import { agentName } from '../words/status.ts'
import { visibleLine } from '../words/visible.ts'
import { Ago, Lasting } from './time.tsx'

/** What a session does at this moment, in a line. */
export function NowLine(props: { of: Session }) {
  const { project } = useProject()
  const away = () => unreachableSince(project, props.of)
  const machine = () => (props.of.spawner ? project.spawners[props.of.spawner]?.name : undefined)
  const place = () => [props.of.role, agentName(props.of.agent), machine()].filter(Boolean).join(' · ')
  return (
    <Switch fallback={place()}>
      <Match when={props.of.status === 'ended'}>
        {props.of.outcome}
        <Show when={props.of.reason}>{(reason) => <> · {visibleLine(reason())}</>}</Show>
      </Match>
      <Match when={away()}>
        {(at) => (
          <span class="text-red">
            {machine()} is out of reach since <Ago at={at()} />
          </span>
        )}
      </Match>
      <Match when={props.of.stopping}>stopping…</Match>
      <Match when={waitsFor(project, props.of, now())}>{(why) => <>{why()}</>}</Match>
      <Match when={props.of.status === 'running' && props.of.tool}>
        {(tool) => (
          <>
            {tool().name} <span class="mono">{visibleLine(withoutName(tool()))}</span> · <Lasting from={tool().since} />
          </>
        )}
      </Match>
      <Match when={props.of.status !== 'waiting' && props.of.progress}>
        {(progress) => <>{visibleLine(progress().text)}</>}
      </Match>
      <Match when={props.of.status === 'idle'}>waits for a prompt</Match>
    </Switch>
  )
}

const withoutName = ({ name, summary }: { name: string; summary: string }) =>
  summary.startsWith(`${name} `) ? summary.slice(name.length + 1) : summary

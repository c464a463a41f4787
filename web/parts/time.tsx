import { now } from '../store/clock.ts'
import { fullTime, lasting, since } from '../words/time.ts'

/** How long ago, ticking; the whole date in its title. */
export function Ago(props: { at: number; class?: string }) {
  return (
    <time class={props.class} dateTime={new Date(props.at).toISOString()} title={fullTime(props.at)}>
      {since(now() - props.at)}
    </time>
  )
}

/** How long from `from` until `to`, or until now, ticking. */
export function Lasting(props: { from: number; to?: number | null; class?: string }) {
  const text = () => {
    const ms = Math.max(0, (props.to ?? now()) - props.from)
    return ms < 1_000 ? '0 s' : lasting(Math.floor(ms / 1_000) * 1_000).replace('.0 s', ' s')
  }
  return (
    <span class={props.class} title={`since ${fullTime(props.from)}`}>
      {text()}
    </span>
  )
}

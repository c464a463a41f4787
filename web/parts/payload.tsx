import type { Entry } from '../../protocol/project.ts'
import { fullTime } from '../words/time.ts'
import { visible } from '../words/visible.ts'
import { Copy } from './copy.tsx'

/** An entry as it was kept: plain text, with nothing in it that could hide. */
export function Payload(props: { entry: Entry }) {
  const kept = () => {
    const { data } = props.entry
    return visible(JSON.stringify('payload' in data ? data.payload : data, null, 2) ?? 'nothing')
  }
  return (
    <div class="mx-4 mt-1 mb-2 overflow-hidden rounded-md border border-line bg-panel">
      <div class="flex flex-wrap gap-x-4 border-b border-line px-3 py-1 text-xs text-faint">
        <span class="mono">{props.entry.type}</span>
        <span>{fullTime(props.entry.at)}</span>
        <span>by {props.entry.by}</span>
        <Copy text={props.entry.id} class="max-w-40" />
      </div>
      <pre class="max-h-72 overflow-auto px-3 py-2 leading-[18px] break-words whitespace-pre-wrap">{kept()}</pre>
    </div>
  )
}

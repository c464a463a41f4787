import { Show } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { visible } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { Lasting } from './time.tsx'

/** What a session asks of a person, and the way to answer. */
export function NeedsYou(props: { of: Session; onAnswer: () => void }) {
  return (
    <Show when={props.of.needsYou}>
      {(asks) => (
        <section
          aria-label="It needs you"
          class="mx-4 mt-3 mb-1 shrink-0 rounded-lg border border-amber/45 bg-amber-bg"
        >
          <div class="flex items-start gap-2 px-3 pt-2.5 pb-2">
            <Icon name={asks().kind === 'permission' ? 'alert' : 'question'} class="mt-[3px] text-amber" />
            <p>
              <b class="font-semibold">{asks().kind === 'permission' ? 'It asks for permission' : 'It asks you'}</b>
              <span class="text-dim">
                {' '}
                · for <Lasting from={asks().since} />
              </span>
            </p>
          </div>
          <pre class="mx-3 mb-2.5 max-h-40 overflow-auto rounded-md bg-bg px-2.5 py-2 break-words whitespace-pre-wrap">
            {visible(asks().message)}
          </pre>
          <div class="px-3 pb-2.5">
            <Button look="strong" onClick={() => props.onAnswer()}>
              <Icon name="terminal" size={13} /> Answer in the terminal
            </Button>
          </div>
        </section>
      )}
    </Show>
  )
}

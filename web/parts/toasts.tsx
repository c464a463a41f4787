import { For, Show } from 'solid-js'
import { dismiss, notices } from '../store/notices.ts'
import { Icon } from './icon.tsx'

export function Toasts() {
  return (
    <div
      role="alert"
      data-kb-top-layer
      class="pointer-events-none fixed inset-x-3 bottom-4 z-50 flex flex-col items-center gap-2 max-md:bottom-18"
    >
      <For each={notices()}>
        {(notice) => (
          <div class="appear pointer-events-auto flex max-w-[34rem] items-start gap-2.5 rounded-lg border border-edge bg-panel py-2.5 pr-2 pl-3 shadow-float">
            <Icon name="failed" class="mt-[3px] text-red" />
            <div class="min-w-0">
              <p class="break-words">
                {notice.text}
                <Show when={notice.times > 1}>
                  <span class="text-faint"> · {notice.times} times</span>
                </Show>
              </p>
              <Show when={notice.way}>{(way) => <p class="mono text-dim">{way()}</p>}</Show>
            </div>
            <button
              type="button"
              aria-label="Dismiss"
              class="rounded p-1 text-faint hover:text-text"
              onClick={() => dismiss(notice.id)}
            >
              <Icon name="cross" size={13} />
            </button>
          </div>
        )}
      </For>
    </div>
  )
}

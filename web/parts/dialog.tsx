import { Dialog as Kobalte } from '@kobalte/core/dialog'
import type { JSX } from 'solid-js'
import { Icon } from './icon.tsx'

/** A dialog that is open for as long as it is there. */
export function Dialog(props: { title: string; onClose: () => void; children: JSX.Element }) {
  let content!: HTMLDivElement
  // Whoever opens a form wants to write, not to close it.
  const focusFirst = (event: Event) => {
    const field = content.querySelector<HTMLElement>('[autofocus]')
    if (!field) return
    event.preventDefault()
    field.focus()
  }
  return (
    <Kobalte open onOpenChange={(open) => open || props.onClose()}>
      <Kobalte.Portal>
        <Kobalte.Overlay class="fixed inset-0 z-40 bg-[light-dark(#0f172a33,#00000080)]" />
        <div class="fixed inset-0 z-50 grid place-items-start justify-center overflow-auto p-3 pt-[12vh]">
          <Kobalte.Content
            ref={content}
            onOpenAutoFocus={focusFirst}
            class="appear w-[min(34rem,calc(100vw-1.5rem))] rounded-xl border border-edge bg-panel shadow-float outline-none"
          >
            <header class="flex h-11 items-center justify-between border-b border-line pr-2 pl-4">
              <Kobalte.Title class="font-semibold">{props.title}</Kobalte.Title>
              <Kobalte.CloseButton
                aria-label="Close"
                class="rounded-md p-1.5 text-faint hover:bg-raise hover:text-text"
              >
                <Icon name="cross" />
              </Kobalte.CloseButton>
            </header>
            {props.children}
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte>
  )
}

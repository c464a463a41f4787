import { For, type JSX } from 'solid-js'

export type Tab<T extends string> = { id: T; label: JSX.Element }

/** Tabs by the book: one stop for Tab, arrows between them. The panel is `<TabPanel>`. */
export function Tabs<T extends string>(props: { label: string; tabs: Tab<T>[]; at: T; onPick: (id: T) => void }) {
  const step = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (!by) return
    event.preventDefault()
    const { tabs } = props
    const next = tabs[(tabs.findIndex(({ id }) => id === props.at) + by + tabs.length) % tabs.length]!
    props.onPick(next.id)
    document.getElementById(`tab-${next.id}`)?.focus()
  }
  return (
    <div role="tablist" aria-label={props.label} class="flex shrink-0 gap-4 border-b border-line px-4" onKeyDown={step}>
      <For each={props.tabs}>
        {(tab) => (
          <button
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            aria-selected={props.at === tab.id}
            aria-controls="tab-panel"
            tabIndex={props.at === tab.id ? 0 : -1}
            class="-mb-px flex h-9 items-center gap-1.5 border-b border-transparent text-dim hover:text-text aria-selected:border-text aria-selected:text-text pointer-coarse:h-11"
            onClick={() => props.onPick(tab.id)}
          >
            {tab.label}
          </button>
        )}
      </For>
    </div>
  )
}

export function TabPanel(props: { of: string; children: JSX.Element; class?: string }) {
  return (
    <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${props.of}`} class={props.class}>
      {props.children}
    </div>
  )
}

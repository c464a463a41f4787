import { onCleanup, onMount } from 'solid-js'

/** A second key must follow the first within so many ms. */
const PAIR_MS = 1_000
const elsewhere = 'input, textarea, select, [contenteditable], .xterm, [role=dialog], [role=menu]'

export type Shortcuts = Record<string, () => void>

/** Runs `g b` and the like, but never while somebody types, into a terminal least of all. */
export function createShortcuts(shortcuts: Shortcuts): void {
  let before = ''
  let at = 0
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.target instanceof Element && event.target.closest(elsewhere)) return
    const pair = event.timeStamp - at < PAIR_MS ? `${before} ${event.key}` : ''
    const run = shortcuts[pair] ?? shortcuts[event.key]
    before = event.key
    at = event.timeStamp
    // A button or a link that has the focus takes Enter for itself.
    if (!run || (event.key === 'Enter' && event.target instanceof Element && event.target.closest('button, a'))) return
    event.preventDefault()
    at = 0
    run()
  }
  onMount(() => document.addEventListener('keydown', pressed))
  onCleanup(() => document.removeEventListener('keydown', pressed))
}

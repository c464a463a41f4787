import { createSignal, Show } from 'solid-js'
import { Icon } from './icon.tsx'

/** An id or a command in its own font, which a press copies. */
export function Copy(props: { text: string; show?: string; class?: string }) {
  const [copied, setCopied] = createSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(props.text)
    setCopied(true)
    setTimeout(() => setCopied(false), 1_500)
  }
  return (
    <button
      type="button"
      title="Copy"
      class={`mono inline-flex min-w-0 items-center gap-1 rounded text-faint hover:text-text ${props.class ?? ''}`}
      onClick={() => void copy()}
    >
      <span class="truncate">{props.show ?? props.text}</span>
      <Show when={copied()}>
        <Icon name="check" size={12} class="text-green" />
        <span class="sr-only" role="status">
          copied
        </span>
      </Show>
    </button>
  )
}

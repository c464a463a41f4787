import { For, type JSX, Show, splitProps } from 'solid-js'

const box =
  'w-full rounded-md border border-edge bg-bg px-2.5 text-sm text-text placeholder:text-faint focus:border-accent focus:outline-none focus-visible:outline-2 focus-visible:outline-offset-0'

export function Label(props: { text: string; hint?: string; children: JSX.Element; class?: string }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is its child, whatever that is
    <label class={`block ${props.class ?? ''}`}>
      <span class="mb-1 flex justify-between text-xs text-dim">
        {props.text}
        <Show when={props.hint}>{(hint) => <span class="text-faint">{hint()}</span>}</Show>
      </span>
      {props.children}
    </label>
  )
}

export function TextField(props: JSX.InputHTMLAttributes<HTMLInputElement>) {
  const [own, rest] = splitProps(props, ['class'])
  return <input type="text" autocomplete="off" {...rest} class={`${box} h-8 pointer-coarse:h-11 ${own.class ?? ''}`} />
}

export function TextArea(props: JSX.TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const [own, rest] = splitProps(props, ['class'])
  return <textarea rows={3} {...rest} class={`${box} resize-y py-1.5 ${own.class ?? ''}`} />
}

type SelectProps = {
  value: string
  options: readonly { value: string; label: string }[]
  onPick: (value: string) => void
}

export function Select(props: SelectProps & { label?: string }) {
  return (
    <select
      aria-label={props.label}
      class={`${box} h-8 pointer-coarse:h-11`}
      value={props.value}
      onChange={(event) => props.onPick(event.currentTarget.value)}
    >
      <For each={props.options}>{(option) => <option value={option.value}>{option.label}</option>}</For>
    </select>
  )
}

/** Whether a key press means: this form is done. */
export const isSubmit = (event: KeyboardEvent) => event.key === 'Enter' && (event.metaKey || event.ctrlKey)

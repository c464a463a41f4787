import { createSignal, type JSX, onCleanup, Show, splitProps } from 'solid-js'

const looks = {
  plain: 'border-edge bg-panel text-text hover:bg-raise',
  strong: 'border-text bg-text text-bg hover:opacity-90',
  quiet: 'border-transparent text-dim hover:bg-raise hover:text-text',
  danger: 'border-red bg-red-bg text-red hover:bg-raise',
}

export type ButtonProps = JSX.ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: keyof typeof looks
  keys?: string
  tall?: boolean
}

export function Button(props: ButtonProps) {
  const [own, rest] = splitProps(props, ['look', 'keys', 'tall', 'class', 'children'])
  return (
    <button
      type="button"
      {...rest}
      class={`inline-flex ${own.tall ? 'h-8' : 'h-[26px]'} shrink-0 items-center justify-center gap-1.5 rounded-md border px-2.5 text-xs whitespace-nowrap motion-safe:transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-55 pointer-coarse:h-9 ${looks[own.look ?? 'plain']} ${own.class ?? ''}`}
    >
      {own.children}
      <Show when={own.keys}>{(keys) => <Keys of={keys()} inherit={own.look === 'strong'} />}</Show>
    </button>
  )
}

/** A key to press, shown where there is a keyboard. */
export function Keys(props: { of: string; inherit?: boolean }) {
  return (
    <span
      aria-hidden="true"
      class={`rounded border px-1 font-mono text-[11px] leading-[15px] pointer-coarse:hidden ${props.inherit ? 'border-current/25' : 'border-edge text-faint'}`}
    >
      {props.of}
    </span>
  )
}

const SURE_MS = 3_000

/** Asks once more, in its own place, before it does what it says. */
export function SureButton(props: ButtonProps & { sure: string; onSure: () => void }) {
  const [own, rest] = splitProps(props, ['sure', 'onSure', 'children'])
  const [asked, setAsked] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const press = () => {
    clearTimeout(timer)
    if (asked()) {
      setAsked(false)
      return own.onSure()
    }
    setAsked(true)
    timer = setTimeout(() => setAsked(false), SURE_MS)
  }
  return (
    <Button {...rest} look={asked() ? 'danger' : (rest.look ?? 'plain')} onClick={press} onBlur={() => setAsked(false)}>
      {asked() ? own.sure : own.children}
    </Button>
  )
}

import { createSignal, type JSX, lazy, Show, Suspense } from 'solid-js'
import type { IconName } from './icon.tsx'

export type MenuItem = {
  label: string
  icon?: IconName
  hint?: string
  /** Why it cannot be picked now. */
  not?: string | undefined
  pick: () => void
}

const load = () => import('./menu.tsx')
const Menu = lazy(load)

/** A button with a menu, which is loaded when somebody is about to open it. */
export function MenuButton(props: { label: string; items: MenuItem[]; children: JSX.Element; class?: string }) {
  const [open, setOpen] = createSignal(false)
  let button!: HTMLButtonElement
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={props.label}
        aria-haspopup="menu"
        aria-expanded={open()}
        class={props.class}
        onPointerEnter={load}
        onFocus={load}
        onClick={() => setOpen(true)}
      >
        {props.children}
      </button>
      <Show when={open()}>
        <Suspense>
          <Menu label={props.label} items={props.items} anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      </Show>
    </>
  )
}

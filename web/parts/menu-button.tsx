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

type Props = {
  /** What the menu is for; the button's name too where it shows no words. */
  label: string
  wordless?: boolean
  items: MenuItem[]
  children: JSX.Element
  class?: string
}

/** A button with a menu, which is loaded when somebody is about to open it. */
export function MenuButton(props: Props) {
  const [open, setOpen] = createSignal(false)
  let button!: HTMLButtonElement
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={props.wordless ? props.label : undefined}
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

import { DropdownMenu } from '@kobalte/core/dropdown-menu'
import { For, Show } from 'solid-js'
import { Icon } from './icon.tsx'
import type { MenuItem } from './menu-button.tsx'

type Props = { label: string; items: MenuItem[]; anchor: HTMLElement; onClose: () => void }

export default function Menu(props: Props) {
  return (
    <DropdownMenu
      open
      modal={false}
      gutter={4}
      placement="bottom-end"
      getAnchorRect={() => props.anchor.getBoundingClientRect()}
      onOpenChange={(open) => open || props.onClose()}
    >
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={props.label}
          aria-labelledby={undefined}
          class="appear z-50 max-h-80 min-w-44 overflow-auto rounded-lg border border-edge bg-panel p-1 shadow-float outline-none"
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            props.anchor.focus()
          }}
        >
          <For each={props.items}>{(item) => <Line item={item} />}</For>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu>
  )
}

function Line(props: { item: MenuItem }) {
  return (
    <DropdownMenu.Item
      disabled={props.item.not !== undefined}
      onSelect={() => props.item.pick()}
      class="flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-sm outline-none select-none data-[disabled]:text-faint data-[highlighted]:bg-raise pointer-coarse:h-11"
    >
      <Show when={props.item.icon}>{(name) => <Icon name={name()} class="text-faint" />}</Show>
      <span class="flex-1">{props.item.label}</span>
      <Show when={props.item.not ?? props.item.hint}>
        {(hint) => <span class="pl-4 text-xs text-faint">{hint()}</span>}
      </Show>
    </DropdownMenu.Item>
  )
}

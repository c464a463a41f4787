import { Show } from 'solid-js'
import type { Task } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { movesOf } from '../store/moves.ts'
import { Icon } from './icon.tsx'
import { MenuButton } from './menu-button.tsx'

/** "Move to…": by hand or by keyboard, each place with the command that does it. */
export function MoveMenu(props: { of: Task; small?: boolean }) {
  const store = useProject()
  const items = () => movesOf(props.of, store).map(({ to, not, go }) => ({ label: to, not, pick: go }))
  return (
    <MenuButton
      label={`Move ${props.of.title} to…`}
      wordless={props.small ?? false}
      items={items()}
      class={
        props.small
          ? 'rounded p-1 text-faint hover:bg-raise hover:text-text pointer-coarse:p-2.5'
          : 'inline-flex h-[26px] items-center gap-1.5 rounded-md border border-edge bg-panel px-2.5 text-xs whitespace-nowrap hover:bg-raise pointer-coarse:h-9'
      }
    >
      <Show when={props.small} fallback="Move to…">
        <Icon name="more" />
      </Show>
    </MenuButton>
  )
}

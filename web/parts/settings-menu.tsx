import { openDialog } from '../store/dialog.ts'
import { signOut } from '../store/person.ts'
import { setTheme, theme, themes } from '../store/theme.ts'
import { Icon } from './icon.tsx'
import { MenuButton, type MenuItem } from './menu-button.tsx'

export function SettingsMenu() {
  return (
    <MenuButton
      label="Settings"
      wordless
      items={settings()}
      class="rounded-md p-1.5 text-faint hover:bg-raise hover:text-text pointer-coarse:p-3"
    >
      <Icon name="more" />
    </MenuButton>
  )
}

const settings = (): MenuItem[] => [
  ...themes.map((name) => ({
    label: `${name[0]!.toUpperCase()}${name.slice(1)} theme`,
    ...(theme() === name && { icon: 'check' as const }),
    pick: () => setTheme(name),
  })),
  { label: 'Shortcuts', hint: '?', pick: () => openDialog({ name: 'shortcuts' }) },
  { label: 'Sign out', pick: signOut },
]

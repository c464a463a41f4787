import { type JSX, Show } from 'solid-js'
import { narrow } from '../store/screen.ts'
import { ConnectionStatus } from './connection.tsx'
import { ProjectSwitch } from './nav.tsx'
import { SettingsMenu } from './settings-menu.tsx'

/** The head of a page; on narrow screens it also says which project this is and whether it is up to date. */
export function ProjectBar(props: { title: string; note?: JSX.Element; children?: JSX.Element }) {
  return (
    <>
      <Show when={narrow()}>
        <div class="flex h-11 shrink-0 items-center justify-between border-b border-line px-2 [&>button]:mb-0 [&>button]:w-auto">
          <ProjectSwitch />
          <span class="flex items-center gap-1">
            <ConnectionStatus />
            <SettingsMenu />
          </span>
        </div>
      </Show>
      <header class="flex h-11 shrink-0 items-center gap-2.5 border-b border-line px-4">
        <h2 class="font-semibold">{props.title}</h2>
        <span class="min-w-0 truncate text-faint">{props.note}</span>
        <span class="ml-auto" />
        {props.children}
      </header>
    </>
  )
}

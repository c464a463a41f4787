import { A, useLocation, useNavigate } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { Spawner } from '../../protocol/model.ts'
import { atWork } from '../../protocol/session-rules.ts'
import { useProject } from '../store/context.tsx'
import { needsYouCount } from '../store/needs.ts'
import { projects } from '../store/projects.ts'
import { count } from '../words/time.ts'
import { ConnectionStatus } from './connection.tsx'
import { Glyph } from './glyph.tsx'
import { Icon, type IconName } from './icon.tsx'
import { MenuButton, type MenuItem } from './menu-button.tsx'
import { SettingsMenu } from './settings-menu.tsx'
import { Ago } from './time.tsx'

export const places = [
  { path: '', word: 'Mission', icon: 'mission', keys: 'g m' },
  { path: '/board', word: 'Board', icon: 'board', keys: 'g b' },
  { path: '/activity', word: 'Activity', icon: 'activity', keys: 'g a' },
  { path: '/machines', word: 'Machines', icon: 'machine', keys: 'g s' },
] as const satisfies { path: string; word: string; icon: IconName; keys: string }[]

/** The way around one project: places, machines, and whether all this is up to date. On narrow screens, a bar. */
export function Nav() {
  return (
    <nav
      aria-label="Project"
      class="flex shrink-0 flex-col gap-0.5 border-line md:w-[188px] md:border-r md:px-2 md:py-2.5 xl:w-[208px] max-md:order-last max-md:h-14 max-md:flex-row max-md:items-stretch max-md:border-t max-md:pb-[env(safe-area-inset-bottom)]"
    >
      <div class="max-md:hidden">
        <ProjectSwitch />
      </div>
      <For each={places}>{(place) => <Place {...place} />}</For>
      <div class="max-md:hidden md:contents">
        <Machines />
        <span class="mt-auto" />
        <div class="flex h-8 items-center justify-between">
          <ConnectionStatus />
          <SettingsMenu />
        </div>
      </div>
    </nav>
  )
}

export function ProjectSwitch() {
  const { project, id } = useProject()
  const go = useNavigate()
  const items = (): MenuItem[] => [
    ...(projects() ?? [])
      .filter((other) => other.id !== id)
      .map((other) => ({ label: other.name, pick: () => go(`/p/${other.id}`) })),
    { label: 'All projects', icon: 'list', pick: () => go('/') },
  ]
  return (
    <MenuButton
      label="Switch project"
      items={items()}
      class="mb-1.5 flex h-9 w-full min-w-0 items-center gap-2 rounded-md px-2 font-semibold hover:bg-raise"
    >
      <Glyph />
      <span class="truncate">{project.name}</span>
      <span class="sr-only">, switch project</span>
      <Icon name="chevron" size={13} class="ml-auto rotate-90 text-faint" />
    </MenuButton>
  )
}

function Place(props: (typeof places)[number]) {
  const { id, project } = useProject()
  const { pathname } = useLocation()
  const href = () => `/p/${id}${props.path}`
  const needs = () => (props.path === '' ? needsYouCount(project) : 0)
  return (
    <A
      href={href()}
      end
      activeClass="bg-raise text-text max-md:bg-transparent"
      inactiveClass="text-dim"
      aria-current={pathname === href() ? 'page' : undefined}
      class="flex h-[30px] items-center gap-2.5 rounded-md px-2 hover:text-text max-md:h-auto max-md:flex-1 max-md:flex-col max-md:justify-center max-md:gap-0.5 max-md:text-2xs pointer-coarse:md:h-10"
    >
      <Icon name={props.icon} size={15} />
      {props.word}
      <Show when={needs()} fallback={<Hint of={props.keys} />}>
        <span class="ml-auto rounded-full bg-amber px-1.5 text-2xs font-semibold text-bg max-md:absolute max-md:ml-10 max-md:-mt-6">
          {count(needs())}
          <span class="sr-only"> need you</span>
        </span>
      </Show>
    </A>
  )
}

const Hint = (props: { of: string }) => (
  <span aria-hidden="true" class="ml-auto font-mono text-[11px] text-faint pointer-coarse:hidden max-md:hidden">
    {props.of}
  </span>
)

function Machines() {
  const { project } = useProject()
  const machines = () =>
    Object.values(project.spawners)
      .filter(({ revoked }) => !revoked)
      .sort((a, b) => a.name.localeCompare(b.name))
  return (
    <Show when={machines().length > 0} fallback={<p class="py-1 pl-8 text-xs text-faint">None has connected yet.</p>}>
      <ul aria-label="Machines" class="pl-2">
        <For each={machines().map(({ id }) => id)}>{(id) => <Machine of={project.spawners[id]!} />}</For>
      </ul>
    </Show>
  )
}

function Machine(props: { of: Spawner }) {
  const { project } = useProject()
  const online = () => props.of.status === 'online'
  return (
    <li class="flex h-[26px] items-center gap-2 px-2 text-dim">
      <span class={`size-[7px] shrink-0 rounded-full ${dotOf(props.of)}`} />
      <span class="truncate" title={props.of.machine}>
        {props.of.name}
      </span>
      <span class="ml-auto text-xs whitespace-nowrap text-faint">
        <Show
          when={online()}
          fallback={
            <Show when={props.of.connected} fallback="never came">
              offline <Ago at={props.of.since} />
            </Show>
          }
        >
          {props.of.draining ? 'draining, ' : ''}
          {atWork(project, props.of.id)} of {props.of.capacity}
        </Show>
      </span>
    </li>
  )
}

const dotOf = ({ status, draining }: Spawner) => (status === 'offline' ? 'bg-grey' : draining ? 'bg-amber' : 'bg-green')

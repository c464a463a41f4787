import type { Project, Session, Spawner } from '../protocol/model.ts'
import { ago, type Column, facts, type Look, table } from './look.ts'
import { spawnerStatus } from './status-words.ts'

export function spawnerTable(machines: Spawner[], look: Look): string {
  const columns: Column<Spawner>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'status', cell: (machine) => spawnerStatus(machine, look) },
    { title: 'name', cell: ({ name }) => name, flexible: true },
    { title: 'labels', cell: ({ labels }) => labels.join(' '), flexible: true },
    { title: 'profiles', cell: ({ profiles }) => profiles.map(({ name }) => name).join(' '), flexible: true },
    { title: 'workspaces', cell: ({ workspaces }) => workspaces.join(' '), flexible: true, spare: true },
    { title: 'since', cell: ({ since }) => ago(since, look.now), right: true },
  ]
  return machines.length ? table(machines, columns, look) : ''
}

export type Shown = Spawner & { sessions: Pick<Session, 'id' | 'name' | 'status'>[] }

/** A machine on a page of its own. */
export function spawnerPage(machine: Shown, look: Look): string {
  const { paint, now } = look
  const { draining, revoked, sessions } = machine
  return facts(
    [
      ['machine', `${paint.bold(machine.name)}  ${spawnerStatus(machine, look)} ${ago(machine.since, now)}`],
      ['id', machine.id],
      ['calls itself', machine.ownName],
      ['host', machine.machine],
      ['version', machine.version],
      ['draining', draining && `since ${ago(draining.since, now)}, by ${draining.by}: it takes nothing new`],
      ['revoked', revoked && `${ago(revoked.at, now)} by ${revoked.by}`],
      ['at work', `${sessions.length} of ${machine.capacity}`],
      ['labels', machine.labels.join(', ')],
      [
        'profiles',
        machine.profiles.map(({ name, agent }) => (name === agent ? name : `${name} (${agent})`)).join(', '),
      ],
      ['workspaces', machine.workspaces.join(', ')],
      ['typing', machine.typing ? 'allowed from elsewhere' : 'only there'],
      ...sessions.map(({ id, name, status }) => ['session', `${id}  ${status}  ${name}`] as const),
    ],
    look,
  )
}

/** `machine`, with what it runs. */
export function withSessions(project: Project, machine: Spawner): Shown {
  const live = Object.values(project.sessions).filter(({ id, spawner }) => spawner === machine.id && project.live[id])
  return { ...machine, sessions: live.map(({ id, name, status }) => ({ id, name, status })) }
}

import type { SpawnerId } from '../../protocol/ids.ts'
import type { Project } from '../../protocol/model.ts'

export type Startable = { profile: string; agent: string; workspaces: string[] }

/** What the machines that are online could start, and where. Real agents before the demo. */
export function startable(project: Project): Startable[] {
  const found = new Map<string, Startable>()
  for (const machine of Object.values(project.spawners)) {
    if (machine.status !== 'online' || machine.draining) continue
    for (const { name, agent } of machine.profiles) {
      const known = found.get(name)?.workspaces ?? []
      found.set(name, { profile: name, agent, workspaces: [...new Set([...known, ...machine.workspaces])] })
    }
  }
  return [...found.values()].sort((a, b) => Number(a.profile === 'demo') - Number(b.profile === 'demo'))
}

export type Place = { value: string; label: string; spawner?: SpawnerId; wants?: string }

/** Where a session may be asked for: anywhere, on one machine, or on any with a label. */
export function placesFor(project: Project): Place[] {
  const machines = Object.values(project.spawners).filter(({ revoked }) => !revoked)
  const labels = [...new Set(machines.flatMap((one) => one.labels))].sort()
  return [
    { value: '', label: 'The one with most room' },
    ...machines.map((one): Place => ({ value: one.id, label: `${one.name}${standing(one)}`, spawner: one.id })),
    ...labels.map((name): Place => ({ value: `label:${name}`, label: `Any labelled ${name}`, wants: name })),
  ]
}

function standing({ status, connected, draining }: Project['spawners'][SpawnerId]): string {
  if (!connected) return ' (never connected)'
  if (status === 'offline') return ' (offline)'
  return draining ? ' (draining)' : ''
}

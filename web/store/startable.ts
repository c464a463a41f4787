import type { Project } from '../../protocol/model.ts'

export type Startable = { profile: string; agent: string; workspaces: string[] }

/** What the machines that are online could start, and where. Real agents before the demo. */
export function startable(project: Project): Startable[] {
  const found = new Map<string, Startable>()
  for (const machine of Object.values(project.spawners)) {
    if (machine.status !== 'online') continue
    for (const { name, agent } of machine.profiles) {
      const known = found.get(name)?.workspaces ?? []
      found.set(name, { profile: name, agent, workspaces: [...new Set([...known, ...machine.workspaces])] })
    }
  }
  return [...found.values()].sort((a, b) => Number(a.profile === 'demo') - Number(b.profile === 'demo'))
}

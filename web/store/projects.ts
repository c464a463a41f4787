import { createResource, createRoot } from 'solid-js'
import { type Demo, startDemo } from '../../client/demo.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { orNotice } from './notices.ts'
import { client, key } from './person.ts'

const [projects, { refetch }] = createRoot(() =>
  createResource(key, async () => (await orNotice(client().ask('project.list', {})))?.items),
)

/** The projects this person sees; asked for anew by `refreshProjects`. */
export { projects }
export const refreshProjects = () => refetch()

export async function createNamedProject(name: string): Promise<ProjectId | undefined> {
  const made = await orNotice(client().ask('project.new', { project: newId('proj'), name }))
  void refetch()
  return made?.project
}

/** Starts the demo in `project`, or where it finds or makes a place for it. */
export async function runDemo(project?: ProjectId): Promise<Demo | undefined> {
  const demo = await orNotice(startDemo(project ? client().with({ project }) : client()))
  void refetch()
  return demo
}

import type { ProjectId, SessionId, TaskId } from '../protocol/ids.ts'
import type { Client } from './client.ts'
import { newId } from './ids.ts'

export type Demo = { project: ProjectId; task: TaskId; session: SessionId }

const steps = ['Make the check pass', 'Have somebody look at it', 'Write the report']

/**
 * Shows something alive: a task with three steps, and the built-in demo agent on it. In the client's own project, or else
 * in one called Demo. While a demo is at work, that one is the answer.
 */
export async function startDemo(client: Client): Promise<Demo> {
  const project = client.options.project ?? (await demoProject(client))
  const mine = client.with({ project })
  const running = await demoAtWork(mine)
  if (running) return { project, ...running }
  const [task, session] = [newId('task'), newId('sess')]
  await mine.execute('task.create', {
    task,
    title: 'Make daysBetween count whole days',
    description: 'The demo agent reads, fails, mends, asks a person, and finishes, by the same ways as a real one.',
    subtasks: steps.map((title) => ({ subtask: newId('sub'), title })),
  })
  await mine.execute('session.spawn', { session, tasks: [task], profile: 'demo', workspace: 'scratch' })
  return { project, task, session }
}

async function demoProject(client: Client): Promise<ProjectId> {
  const { items } = await client.ask('project.list', {})
  const known = items.find(({ name }) => name === 'Demo')
  if (known) return known.id
  return (await client.ask('project.new', { project: newId('proj'), name: 'Demo' })).project
}

async function demoAtWork(client: Client): Promise<{ task: TaskId; session: SessionId } | undefined> {
  const { items } = await client.query('session.list', { limit: 100 })
  const session = items.find(({ profile, status }) => profile === 'demo' && status !== 'ended')
  const task = session?.tasks[0]
  return session && task && { task, session: session.id }
}

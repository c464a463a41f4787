import { Role } from '../protocol/model.ts'
import { shells } from './completion.ts'
import type { Context } from './context.ts'
import { settingNames } from './settings.ts'

export type Candidate = { value: string; about?: string }
/** What a value is for: the name of its option or argument, and the command and the noun that it belongs to. */
export type Meant = { name: string; command: string; noun: string; choices: readonly string[] | undefined }

type Find = (context: Context) => Promise<Candidate[]>

const tasks: Find = async (context) => {
  const open = Object.values((await context.snapshot()).tasks)
  // What is over is what people ask for last.
  const isOver = ({ status }: { status: string }) => status === 'done' || status === 'cancelled'
  return open
    .sort((a, b) => Number(isOver(a)) - Number(isOver(b)))
    .map(({ id, title }) => ({ value: id, about: title }))
}
const subtasks: Find = async (context) =>
  Object.values((await context.snapshot()).tasks).flatMap((task) =>
    task.subtasks.map(({ id, title }) => ({ value: id, about: title })),
  )
const sessions: Find = async (context) =>
  Object.values((await context.snapshot()).sessions)
    .sort((a, b) => b.requestedAt - a.requestedAt)
    .map(({ id, name, status }) => ({ value: id, about: [name, status].filter(Boolean).join(', ') }))
const machines = async (context: Context) => Object.values((await context.snapshot()).spawners)
const spawners: Find = async (context) => (await machines(context)).map(({ id, name }) => ({ value: id, about: name }))
const machineLabels: Find = async (context) =>
  unique((await machines(context)).flatMap((one) => one.labels.map((label) => ({ value: `label:${label}` }))))
const profiles: Find = async (context) =>
  unique(
    (await machines(context)).flatMap((one) => one.profiles.map(({ name, agent }) => ({ value: name, about: agent }))),
  )
const workspaces: Find = async (context) =>
  unique((await machines(context)).flatMap((one) => one.workspaces.map((value) => ({ value, about: one.name }))))
const labels: Find = async (context) =>
  unique(Object.values((await context.snapshot()).tasks).flatMap((task) => task.labels.map((value) => ({ value }))))
const projects: Find = async (context) =>
  (await context.server.ask('project.list', {})).items.map(({ id, name }) => ({ value: id, about: name }))
const keys: Find = async (context) =>
  (await context.server.ask('key.list', {})).items.map(({ id, name }) => ({ value: id, about: name }))
const skills: Find = async ({ settings: { home } }) => {
  const [{ packagedSkills }, { listAvailableSkills }] = await Promise.all([
    import('../local-spawner/programs.ts'),
    import('../skills/loader.ts'),
  ])
  return listAvailableSkills([packagedSkills, home.skills]).skills.map(({ name, description }) => ({
    value: name,
    about: description,
  }))
}
const templates: Find = async (context) => {
  const { templatesFor } = await import('./templates.ts')
  return templatesFor(context).map(({ name, file }) => ({ value: name, about: file }))
}
const settings: Find = async () => Object.entries(settingNames).map(([value, { about }]) => ({ value, about }))

/** What an option or argument of this name stands for, wherever it is: one name means one thing. */
const byName: Record<string, Find> = {
  task: tasks,
  tasks,
  needs: tasks,
  subtask: subtasks,
  session: sessions,
  ids: async (context) => [...(await sessions(context)), ...(await tasks(context))],
  from: sessions,
  spawner: spawners,
  machine: spawners,
  on: async (context) => [...(await spawners(context)), ...(await machineLabels(context))],
  profile: profiles,
  workspace: workspaces,
  label: labels,
  project: projects,
  key: keys,
  skill: skills,
  template: templates,
  role: async () => Role.options.map((value) => ({ value })),
  shell: async () => shells.map((value) => ({ value })),
  get: settings,
}

const folders = ['path', 'folder', 'home', 'to']
const files = /file$|^settings$/i

export async function candidatesFor(context: Context, meant: Meant): Promise<Candidate[] | 'files' | 'folders'> {
  const { name, noun, choices } = meant
  if (choices) return choices.map((value) => ({ value }))
  if (noun === 'config' && name === 'name') return settings(context)
  if (noun === 'subtask' && name === 'before') return subtasks(context) // elsewhere it is a place in the log
  if (folders.includes(name)) return 'folders'
  if (files.test(name)) return 'files'
  return (await byName[name]?.(context)) ?? []
}

function unique(all: Candidate[]): Candidate[] {
  return [...new Map(all.map((one) => [one.value, one])).values()]
}

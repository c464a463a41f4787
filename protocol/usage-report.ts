import type { SessionId, TaskId } from './ids.ts'
import type { Project, Session } from './model.ts'
import { type Estimate, estimate, priceSources, pricesDate } from './prices.ts'
import {
  addModels,
  allTokens,
  MOST_MODELS,
  type Models,
  type ModelUsage,
  shareOf,
  totalOf,
  type UsageBy,
} from './usage.ts'

/** Tokens of one thing, and what they are estimated to cost. */
type Spent = { tokens: ModelUsage } & Estimate
export type UsageRow = Spent & { id: string; name: string; models: string[] }
export type UsageReport = {
  by: UsageBy
  items: UsageRow[]
  total: Spent
  prices: { date: string; sources: { of: string; url: string; date: string }[] }
}

type Asked = { by: UsageReport['by']; session?: SessionId | undefined; task?: TaskId | undefined }
type Part = { session: Session; task: TaskId | null; models: Models }

/** All of it at once: the caller makes pages. */
export function usageReport(project: Project, asked: Asked): UsageReport {
  const parts = partsLike(project, asked)
  const groups = new Map<string, { name: string; models: Models }>()
  for (const part of parts) {
    for (const [id, name, models] of rowsOf(project, part, asked.by)) {
      const group = groups.get(id) ?? { name, models: {} }
      addModels(group.models, models)
      groups.set(id, group)
    }
  }
  const items = [...groups].map(([id, { name, models }]) => ({ id, name, ...spent(models), models: namesOf(models) }))
  items.sort((a, b) => (b.cost ?? -1) - (a.cost ?? -1) || allTokens(b.tokens) - allTokens(a.tokens))
  const isAll = asked.session === undefined && asked.task === undefined
  const prices = { date: pricesDate, sources: [...priceSources] }
  return { by: asked.by, items, total: spent(isAll ? allOf(project, parts) : sumOf(parts)), prices }
}

/** What the sessions of a task have used for it. */
export const usageOfTask = (project: Project, task: TaskId): Models => sumOf(partsLike(project, { by: 'task', task }))

/** The tokens of sessions by task. One that worked on several tasks is split evenly between them: nothing tells them apart. */
function partsLike(project: Project, { session, task }: Asked): Part[] {
  const sessions = session ? [project.sessions[session]] : Object.values(project.sessions)
  return sessions.flatMap((one) => {
    if (!one?.usage) return []
    const { models } = one.usage
    const tasks = one.tasks.length ? one.tasks : [null]
    const shares = tasks.map((id, at) => ({ session: one, task: id, models: sharesOf(models, tasks.length, at) }))
    return task ? shares.filter((share) => share.task === task) : shares
  })
}

function sharesOf(models: Models, parts: number, index: number): Models {
  if (parts === 1) return models
  return Object.fromEntries(Object.entries(models).map(([name, usage]) => [name, shareOf(usage, parts, index)]))
}

function rowsOf(project: Project, { session, task, models }: Part, by: Asked['by']): [string, string, Models][] {
  if (by === 'session') return [[session.id, session.name, models]]
  if (by === 'model') return Object.entries(models).map(([name, usage]) => [name, name, { [name]: usage }])
  return [task ? [task, project.tasks[task]?.title ?? task, models] : ['none', 'On no task', models]]
}

const allOf = (project: Project, parts: Part[]): Models => project.usage ?? sumOf(parts)

function sumOf(parts: Part[]): Models {
  const sum: Models = {}
  for (const { models } of parts) addModels(sum, models)
  return sum
}

const spent = (models: Models) => ({ tokens: totalOf(models), ...estimate(models) })
const namesOf = (models: Models) => Object.keys(models).sort().slice(0, MOST_MODELS)

import { readyTasks } from '../../protocol/graph.ts'
import type { Project, Session, Task } from '../../protocol/model.ts'

export const groupNames = ['needs', 'working', 'starting', 'ready', 'idle', 'ended'] as const
export type GroupName = (typeof groupNames)[number]
export type Item = { kind: 'session'; id: Session['id'] } | { kind: 'task'; id: Task['id'] }
export type Group = { name: GroupName; items: Item[] }

const groupOf: Record<Session['status'], GroupName> = {
  waiting: 'needs',
  running: 'working',
  spawning: 'starting',
  idle: 'idle',
  ended: 'ended',
}

/** Sessions and ready tasks in the order in which they want somebody's attention. */
export function byAttention(project: Project): Group[] {
  const sessions: Record<GroupName, Session[]> = {
    needs: [],
    working: [],
    starting: [],
    ready: [],
    idle: [],
    ended: [],
  }
  for (const session of Object.values(project.sessions)) sessions[groupOf[session.status]].push(session)
  return groupNames.map((name) => ({
    name,
    items:
      name === 'ready'
        ? readyTasks(project).map(({ id }) => ({ kind: 'task', id }))
        : sessions[name].sort(orders[name]).map(({ id }) => ({ kind: 'session', id })),
  }))
}

const oldestFirst = (a: Session, b: Session) => a.requestedAt - b.requestedAt
const orders: Record<GroupName, (a: Session, b: Session) => number> = {
  needs: (a, b) => (a.needsYou?.since ?? 0) - (b.needsYou?.since ?? 0), // who waits longest comes first
  working: oldestFirst,
  starting: oldestFirst,
  ready: oldestFirst,
  idle: (a, b) => b.requestedAt - a.requestedAt,
  ended: (a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0),
}

/** `fresh`, but with everything that was there `before` left in its place: nothing moves away under a pointer. */
export function held(before: Group[], fresh: Group[]): Group[] {
  const still = new Set(fresh.flatMap(({ items }) => items.map(({ id }) => id)))
  const placed = new Set(before.flatMap(({ items }) => items.map(({ id }) => id)))
  return fresh.map(({ name, items }) => {
    const kept = before.find((group) => group.name === name)?.items.filter(({ id }) => still.has(id)) ?? []
    return { name, items: [...kept, ...items.filter(({ id }) => !placed.has(id))] }
  })
}

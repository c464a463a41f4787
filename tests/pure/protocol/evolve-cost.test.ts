import fc from 'fast-check'
import { expect, test } from 'vitest'
import { largeProject } from '../../../bench/large.ts'
import { emptyProject, type Project } from '../../../protocol/model.ts'
import { type Entry, events, evolve } from '../../../protocol/project.ts'
import { anything } from './anything.ts'
import { given, type Step } from './given.ts'

/** `project`, with a count of everything that is read in it, however deep. */
function counted(project: Project): { project: Project; reads: () => number } {
  let reads = 0
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, key) {
        reads++
        const value: unknown = Reflect.get(from, key)
        return typeof value === 'object' && value !== null ? watch(value) : value
      },
      ownKeys(from) {
        const keys = Reflect.ownKeys(from)
        reads += keys.length // going through something costs as much as it has
        return keys
      },
    })
  return { project: watch(project), reads: () => reads }
}

/** What each entry reads when it is applied to `among`. */
function readsOf(log: Entry[], among: Project): number[] {
  const { project, reads } = counted(among)
  // What is kept of an entry is watched too, which nothing frozen can be.
  return structuredClone(log).map((entry) => {
    const before = reads()
    evolve(project, entry)
    return reads() - before
  })
}

/** 10,000 tasks and 1,000 sessions at work, none of which the steps of `anything` name. */
function crowd(): Project {
  const project = largeProject(10_000, 1_000)
  for (const table of [project.tasks, project.sessions, project.spawners, project.live] as Record<string, unknown>[])
    for (const id of Object.keys(table)) if (/_0{7}\d$/.test(id)) delete table[id]
  return project
}

test('applying an entry of any type reads as much among 10,000 tasks and 1,000 sessions as alone', {
  timeout: 60_000,
}, () => {
  const logs = fc.sample(anything, { numRuns: 150, seed: 7 }).map(logOf).map(forgetting)
  expect(new Set(logs.flat().map(({ type }) => type))).toEqual(new Set(Object.keys(events)))
  const { tasks, sessions, spawners, live } = crowd()
  for (const log of logs) {
    const among = { tasks: { ...tasks }, sessions: { ...sessions }, spawners: { ...spawners }, live: { ...live } }
    expect(readsOf(log, { ...emptyProject(), ...among })).toEqual(readsOf(log, emptyProject()))
  }
})

/** Sessions are forgotten when there are a thousand of them; here the first that ended is, at the end. */
function forgetting(log: Entry[]): Entry[] {
  const ended = log.find((entry) => entry.type === 'session:ended')
  if (!ended) return log
  const data = { sessions: [ended.data.session] }
  return [...log, { ...ended, seq: log.length + 1, id: 'evt_forgotten', type: 'session:forgotten', data }]
}

function logOf(steps: Step[]): Entry[] {
  const story = given()
  for (const step of steps) story.try(step)
  return story.log
}

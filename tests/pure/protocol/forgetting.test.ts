import { expect, test } from 'vitest'
import { decideForget, forgettable, REMEMBERED, REMEMBERED_MS } from '../../../protocol/forgetting.ts'
import type { Session } from '../../../protocol/model.ts'
import { add, atWork, ended, given, s1, sessionId, start, t1 } from './given.ts'

/** A project in which very many sessions ended, one a millisecond, after the one on `t1`. */
function full(change: (session: Session, n: number) => void = () => undefined) {
  const { project } = given(add(t1), ...atWork(s1, [t1]), ended(s1, 'completed'))
  const one = project.sessions[s1]!
  for (let n = 0; n < REMEMBERED + 10; n++) {
    const id = sessionId(100 + n)
    project.sessions[id] = { ...structuredClone(one), id, tasks: [], endedAt: start + 1_000_000 + n }
    change(project.sessions[id], n)
  }
  return project
}
const late = start + 1_000_000 + 2 * REMEMBERED_MS
const ids = (sessions: Session[]) => sessions.map(({ id }) => id)

test('a thousand ended sessions are remembered, and those of a day', () => {
  const oldest = Array.from({ length: 10 }, (_, n) => sessionId(100 + n))
  expect(ids(forgettable(full(), late))).toEqual(oldest)
  expect(forgettable(full(), start + REMEMBERED_MS)).toEqual([])
  expect(forgettable(given(...atWork(s1), ended(s1, 'completed')).project, late)).toEqual([])
})

test('a session is remembered for a task that is not finished, and for what it started', () => {
  const project = full((session, n) => {
    if (n === 1) session.tasks = [t1]
    if (n === 500) session.parent = sessionId(102)
  })
  // The first of all, s1, is there for its task too.
  expect(ids(forgettable(project, late))).toEqual([0, 3, 4, 5, 6, 7, 8, 9].map((n) => sessionId(100 + n)))
})

test('what came back meanwhile is not forgotten', () => {
  const project = full((session, n) => {
    if (n > 0) return
    session.status = 'running'
    session.endedAt = null
  })
  const [event] = decideForget(project, [sessionId(100), sessionId(101)], late)
  expect(event).toEqual({ type: 'session:forgotten', data: { sessions: [sessionId(101)] } })
  expect(decideForget(project, [sessionId(100)], late)).toEqual([])
})

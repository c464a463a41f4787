import { describe, expect, test } from 'vitest'
import { cycleThrough, readyTasks, releasedBy, waitingFor } from '../../../protocol/graph.ts'
import { emptyProject, type Task } from '../../../protocol/model.ts'
import { newTask } from '../../../protocol/task-rules.ts'
import { add, atWork, complete, given, s1, s2, spawn, t1, t2, t3, take, taskId } from './given.ts'

describe('what is ready', () => {
  test('comes by priority, then by age, then by id', () => {
    const { project } = given(
      add(taskId(4)),
      add(t3, { priority: 'low' }),
      add(t2, { priority: 'urgent' }),
      add(t1),
      add(taskId(5), { priority: 'high' }),
    )
    const ids = () => readyTasks(project).map(({ id }) => id)
    expect(ids()).toEqual([t2, taskId(5), taskId(4), t1, t3])
    for (const task of Object.values(project.tasks)) task.createdAt = 0
    expect(ids()).toEqual([t2, taskId(5), t1, taskId(4), t3])
  })
  test('is not what somebody has, is about to have, or waits for', () => {
    const { project } = given(add(t1), add(t2), add(t3, { needs: [t1] }), ...atWork(s1), take(t1, s1), spawn(s2, [t2]))
    expect(readyTasks(project)).toEqual([])
  })
})

describe('what is released by a task', () => {
  test('is what waits for it alone', () => {
    const { project } = given(add(t1), add(t2), add(t3, { needs: [t1, t2] }), add(taskId(4), { needs: [t1] }))
    expect(releasedBy(project, t1)).toEqual([taskId(4)])
  })
  test('is what was done before for the rest of it', () =>
    expect(releasedBy(given(add(t1), add(t2), add(t3, { needs: [t1, t2] }), complete(t2)).project, t1)).toEqual([t3]))
})

/** Tasks 1 to `count`, each of which needs the one before. */
function chain(count: number) {
  const project = emptyProject()
  for (let n = 1; n <= count; n++) {
    const needs = n > 1 ? [taskId(n - 1)] : []
    const task: Task = newTask(
      {
        task: taskId(n),
        title: 'x',
        description: '',
        acceptance: '',
        priority: 'low',
        labels: [],
        needs,
        subtasks: [],
      },
      'x',
      n,
    )
    project.tasks[task.id] = task
  }
  return project
}

describe('a circle of needs', () => {
  test('is named from the task and back to it, by the shortest way', () => {
    const { project } = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t2, t1] }))
    expect(cycleThrough(project, t1, t3)).toEqual([t1, t3, t1])
    expect(cycleThrough(project, t1, t2)).toEqual([t1, t2, t1])
    expect(cycleThrough(project, t1, t1)).toEqual([t1, t1])
  })
  test('is none where there is none', () => {
    const { project } = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t1] }))
    expect(cycleThrough(project, t3, t2)).toBeUndefined()
    expect(cycleThrough(project, t2, taskId(9))).toBeUndefined()
  })
  test('is found through 10,000 tasks', () => {
    const cycle = cycleThrough(chain(10_000), t1, taskId(10_000))
    expect(cycle).toHaveLength(10_001)
    expect(cycle?.slice(0, 3)).toEqual([t1, taskId(10_000), taskId(9_999)])
  })
})

describe('what waits for a task', () => {
  test('is all that does, near and far, once', () => {
    const { project } = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t1, t2] }), add(taskId(4)))
    expect(waitingFor(project, t1)).toEqual([t2, t3])
  })
  test('is found through 10,000 tasks', () => expect(waitingFor(chain(10_000), t1)).toHaveLength(9_999))
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cycleThrough, readyTasks, releasedBy, waitingFor } from '../../../protocol/graph.ts'
import type { TaskId } from '../../../protocol/ids.ts'
import { emptyProject, type Project, type Task } from '../../../protocol/model.ts'
import { criticalPath, stuckTasks, taskGraph } from '../../../protocol/task-graph.ts'
import { newTask } from '../../../protocol/task-rules.ts'
import { anything } from './anything.ts'
import { add, atWork, complete, given, type Step, s1, s2, spawn, t1, t2, t3, take, taskId } from './given.ts'

describe('what is ready', () => {
  test('comes by priority, then by age, then by place, then by id', () => {
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
    project.tasks[taskId(4)]!.position = project.tasks[t1]!.position + 1
    expect(ids()).toEqual([t2, taskId(5), t1, taskId(4), t3])
    for (const task of Object.values(project.tasks)) task.position = 0
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

describe('the graph of tasks', () => {
  const [t4, t5, t6] = [taskId(4), taskId(5), taskId(6)]
  /** 1 ← 2 ← 3 and 1 ← 4 ← 3; 5 by itself and urgent; 6 is done, and 1 needed it. */
  const plan = [
    ...[add(t6), complete(t6), add(t1, { needs: [t6] }), add(t2, { needs: [t1] }), add(t4, { needs: [t1] })],
    ...[add(t3, { needs: [t2, t4] }), add(t5, { priority: 'urgent' as const })],
  ]
  const nodeOf = (id: TaskId, ...steps: Step[]) =>
    taskGraph(given(...plan, ...steps).project).nodes.find((node) => node.id === id)

  test('says what could start, what waits, and what decides when all is done', () => {
    const { order, ready, criticalPath, nodes } = taskGraph(given(...plan).project)
    expect(order).toEqual([t5, t6, t1, t2, t4, t3])
    expect(nodes.map(({ id }) => id)).toEqual(order)
    expect(ready).toEqual([t5, t1])
    expect(criticalPath).toEqual([t1, t2, t3])
    expect(nodeOf(t3)).toEqual({
      ...{ id: t3, title: 'Task 3', status: 'todo', priority: 'medium', assignee: null, needs: [t2, t4] },
      ...{ waitsFor: [t2, t4], ready: false, level: 3, critical: true, stuck: [] },
    })
    expect(nodeOf(t1)).toMatchObject({ waitsFor: [], ready: true, level: 1, critical: true })
    expect(nodeOf(t6)).toMatchObject({ waitsFor: [], ready: false, level: 0, critical: false })
  })

  test('around one task is what it needs and what needs it', () => {
    const { project } = given(...plan)
    expect(taskGraph(project, t2)).toMatchObject({ order: [t6, t1, t2, t3], ready: [t1], criticalPath: [t1, t2, t3] })
    expect(taskGraph(project, t5)).toMatchObject({ order: [t5], criticalPath: [] })
    const cancelled = given(...plan, { type: 'task.cancel', task: t4 }).project
    expect(taskGraph(cancelled, t2)).toMatchObject({ order: [t6, t1, t2, t4, t3] }) // 3 is stuck, and this is why
  })

  test('a task that is worked on is not ready, and still on the path', () =>
    expect(nodeOf(t1, ...atWork(s1), take(t1, s1))).toMatchObject({ ready: false, critical: true, assignee: s1 }))

  test('a task whose need was cancelled is stuck, and so is what waits for it', () => {
    const cancel = { type: 'task.cancel' as const, task: t2 }
    expect(nodeOf(t3, cancel)).toMatchObject({ waitsFor: [t2, t4], stuck: [t2] })
    expect(nodeOf(t1, cancel)).toMatchObject({ stuck: [] })
    const { project } = given(...plan, { type: 'task.cancel', task: t1 })
    expect([...stuckTasks(project)]).toEqual([
      [t2, [t1]],
      [t4, [t1]],
      [t3, [t2, t4]],
    ])
  })

  test('nobody is stuck once the need is dropped, or taken up again', () => {
    const cancelled = [...plan, { type: 'task.cancel' as const, task: t2 }]
    expect(stuckTasks(given(...cancelled, { type: 'task.edit', task: t3, needs: [t4] }).project).size).toBe(0)
    expect(stuckTasks(given(...cancelled, { type: 'task.reopen', task: t2 }).project).size).toBe(0)
  })

  test('the path goes by weight where there is one', () => {
    const weigh = (task: Task) => (task.id === t4 ? 3 : 1)
    expect(criticalPath(given(...plan).project, weigh)).toEqual([t1, t4, t3])
  })

  test('is found of 10,000 tasks in a chain', () =>
    expect(taskGraph(chain(10_000))).toMatchObject({ ready: [t1], criticalPath: { length: 10_000 } }))

  test(
    'whatever anybody does: the order has all, what is ready waits for nothing, what is stuck is not ready',
    {
      timeout: 30_000,
    },
    () =>
      fc.assert(
        fc.property(anything, (steps) => {
          const story = given()
          for (const step of steps) story.try(step)
          const { nodes, order, ready, criticalPath } = taskGraph(story.project)
          expect([...order].sort()).toEqual(Object.keys(story.project.tasks).sort())
          for (const { id, needs } of nodes)
            for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id))
          for (const node of nodes) {
            expect(node.ready).toBe(ready.includes(node.id))
            if (node.ready) expect(node).toMatchObject({ waitsFor: [], stuck: [] })
            expect(node.waitsFor).toEqual(expect.arrayContaining(node.stuck))
            if (node.critical) expect(['done', 'cancelled']).not.toContain(node.status)
          }
          // Without end means that nothing but a change of plan helps: doing all that can be done leaves exactly these.
          expect(stuckTasks(story.project)).toEqual(leftWaiting(story.project))
          expect(criticalPath.length > 0).toBe(nodes.some(({ status }) => status !== 'done' && status !== 'cancelled'))
        }),
        { numRuns: 100 },
      ),
  )
})

/** What is still open when everything that can be done has been done again and again, and why. */
function leftWaiting(project: Project): Map<TaskId, TaskId[]> {
  const tasks = Object.values(project.tasks)
  const done = new Set(tasks.filter(({ status }) => status === 'done').map(({ id }) => id))
  const open = tasks.filter(({ status }) => status !== 'done' && status !== 'cancelled')
  for (let before = -1; before !== done.size; ) {
    before = done.size
    for (const { id, needs } of open) if (needs.every((need) => done.has(need))) done.add(id)
  }
  const left = open.filter(({ id }) => !done.has(id))
  return new Map(left.map(({ id, needs }) => [id, needs.filter((need) => !done.has(need))]))
}

import { describe, expect, test } from 'vitest'
import { scopes } from '../../../protocol/actor.ts'
import { errors, MaestroError } from '../../../protocol/errors.ts'
import { commands, parseCommand } from '../../../protocol/project.ts'
import { add, given, projectId, Story, t1 } from './given.ts'

const create = { type: 'project.create', project: projectId(1), name: 'Garden' } as const

describe('a project', () => {
  test('is started', () =>
    expect(new Story().when(create, { now: 3 }).project).toMatchObject({
      id: projectId(1),
      name: 'Garden',
      createdAt: 3,
    }))
  test('is started once', () => expect(given().when(create).events).toEqual([]))
  test('may not take the place of another', () => {
    for (const ask of [
      { ...create, project: projectId(2) },
      { ...create, name: 'Yard' },
    ])
      expect(given().when(ask).refused).toMatchObject({
        error: 'id_taken',
        field: 'project',
        suggestion: 'maestro project list',
      })
  })
  test('is renamed', () => expect(given().when({ type: 'project.edit', name: 'Yard' }).project.name).toBe('Yard'))
  test('is not renamed to what it is called', () =>
    expect(given().when({ type: 'project.edit', name: 'Garden' }).events).toEqual([]))
  test('that does not exist answers nothing but that', () =>
    expect(new Story().when({ type: 'project.edit', name: 'Yard' }).refused).toMatchObject({
      error: 'project_not_found',
      suggestion: 'maestro project list',
    }))
})

describe('the table of commands', () => {
  test.each(Object.entries(commands))(
    '%s has a summary, a path of its own and a scope',
    (_, { summary, method, path, scope }) => {
      expect(summary).toMatch(/^[A-Z].{5,90}[^.]$/)
      expect(scopes).toContain(scope)
      expect(Object.values(commands).filter((one) => one.method === method && one.path === path)).toHaveLength(1)
    },
  )
  test.each(Object.entries(commands))('%s takes what its path names', (_, { path, input }) => {
    const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    expect(Object.keys(input.shape)).toEqual(expect.arrayContaining(named))
  })
  test('refuses what is no id, telling what one looks like', () =>
    expect(() => parseCommand('task.create', { task: 'task_1', title: 'x' })).toThrow(
      'expected an id like task_4hq1w8ze',
    ))
  test('fills in what was not said', () =>
    expect(parseCommand('task.create', { task: t1, title: 'x' })).toMatchObject({
      priority: 'medium',
      needs: [],
      labels: [],
    }))
})

describe('a refusal', () => {
  test('survives the way out of the project and back', () => {
    const { refused } = given(add(t1)).when(add(t1, { title: 'Another' }))
    expect(MaestroError.from(JSON.parse(JSON.stringify(refused))).toJSON()).toEqual(refused)
  })
  test('of a kind that this version does not know is a failure', () =>
    expect(MaestroError.from({ error: 'new_kind' as never, message: 'x', retryable: false }).code).toBe('failed'))
  test.each(Object.entries(errors))('%s has an HTTP status and an exit code', (_, { status, exit }) => {
    expect(status).toBeGreaterThanOrEqual(400)
    expect([1, 2, 3, 4, 5, 6, 7]).toContain(exit)
  })
})

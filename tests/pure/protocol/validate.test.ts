import { describe, expect, test } from 'vitest'
import type { MaestroError } from '../../../protocol/errors.ts'
import { SessionId } from '../../../protocol/ids.ts'
import { Priority, TaskStatus } from '../../../protocol/model.ts'
import {
  mayBeginId,
  validateId,
  validatePriority,
  validateRequired,
  validateStatus,
  validateTaskId,
} from '../../../protocol/validate.ts'

const refusal = (step: () => unknown) => {
  try {
    step()
  } catch (error) {
    const { code, message, help } = error as MaestroError // what these throw
    return { code, message, ...help }
  }
  throw new Error('it was not refused')
}

describe('a status and a priority', () => {
  test('are those of the schema, and no others', () => {
    for (const status of TaskStatus.options) expect(validateStatus(status)).toBe(status)
    for (const priority of Priority.options) expect(validatePriority(priority)).toBe(priority)
    for (const wrong of ['', 'ready', 'Todo', 'constructor', 0, null, undefined, ['todo'], {}]) {
      expect(refusal(() => validateStatus(wrong))).toMatchObject({ code: 'invalid_input', field: 'status' })
      expect(refusal(() => validatePriority(wrong))).toMatchObject({ code: 'invalid_input', field: 'priority' })
    }
  })
  test('that were nearly right are told what was meant, and all there are', () => {
    expect(refusal(() => validateStatus('in-progres'))).toEqual({
      code: 'invalid_input',
      message: 'status cannot be in-progres; did you mean in_progress?',
      field: 'status',
      validValues: TaskStatus.options,
    })
    expect(refusal(() => validatePriority('hihg', '--priority'))).toMatchObject({
      message: '--priority cannot be hihg; did you mean high?',
      field: 'priority',
    })
    expect(refusal(() => validatePriority('xyzzy')).message).toBe('priority cannot be xyzzy')
  })
})

describe('a task id', () => {
  test('is one of the schema’s', () => expect(validateTaskId('task_4hq1w8ze')).toBe('task_4hq1w8ze'))
  test.each([
    ['task_4HQ1W8ZE', 'task_4hq1w8ze'],
    ['task_4hqlw8zo', 'task_4hq1w8z0'],
    ['Task-4hq1w8ze', 'task_4hq1w8ze'],
    ['<task_4hq1w8ze>', 'task_4hq1w8ze'],
    ['"task_4hq1w8ze",', 'task_4hq1w8ze'],
  ])('that was copied as %s is %s', (wrong, right) =>
    expect(refusal(() => validateTaskId(wrong))).toEqual({
      code: 'invalid_input',
      message: `${wrong} is no task id; did you mean ${right}?`,
      field: 'task',
      validValues: [right],
      suggestion: 'maestro task list',
    }),
  )
  test.each(['sess_4hq1w8ze', 'task_', 'task_123456789', '', 'Fix the parser', 42, null])('is not %j', (wrong) =>
    expect(refusal(() => validateTaskId(wrong))).toMatchObject({
      code: 'invalid_input',
      field: 'task',
      message: expect.stringContaining('expected an id like task_4hq1w8ze'),
    }),
  )
  test('of another kind is told of in its own words', () =>
    expect(refusal(() => validateId(SessionId, 'sess', 'task_4hq1w8ze', 'session')).message).toBe(
      'task_4hq1w8ze is no session id: expected an id like sess_4hq1w8ze',
    ))
  test('may be given by its beginning, with or without its prefix', () => {
    for (const text of ['task_4hq', '4hq', 'TASK_4HQ', '4hq1w8ze', 'task_']) expect(mayBeginId(text, 'task')).toBe(true)
    for (const text of ['sess_4hq', '4hq1w8zee', 'task_4hqo', 'a b', 'task_4hq1w8zee'])
      expect(mayBeginId(text, 'task')).toBe(false)
  })
})

describe('what is needed', () => {
  test('is a text with something in it', () => expect(validateRequired('why', 'reason')).toBe('why'))
  test.each([undefined, null, '', '  \n', 0])('is not %j', (wrong) =>
    expect(refusal(() => validateRequired(wrong, '--reason', '`maestro task block`'))).toEqual({
      code: 'invalid_input',
      message: '`maestro task block` needs a reason',
      field: 'reason',
    }),
  )
})

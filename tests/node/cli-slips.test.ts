import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say } from './cli.ts'

let edge: Edge
let env: Record<string, string>
beforeAll(async () => {
  edge = await startEdge()
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' }
  await say(['project', 'create', 'Slips'], { env })
})
afterAll(() => edge?.stop())

const told = async (...argv: string[]) => envelope(await say([...argv, '--json'], { env }))

test('a whole id with a slip in it leads to the one that was meant', async () => {
  const { task } = (await told('task', 'create', 'Dig')).data
  const slip = task.slice(0, -2) + (task.endsWith('00') ? '11' : '00')
  expect(await told('task', 'note', slip, 'half way')).toMatchObject({
    error: 'task_not_found',
    message: `There is no task ${slip}; did you mean ${task}?`,
    suggestion: `maestro task note ${task} "half way" --json`,
    validValues: [task],
  })
})

test('a number out of its range is told the range', async () => {
  expect(await told('task', 'list', '--limit', '1000')).toMatchObject({
    ...{ error: 'invalid_input', field: 'limit', message: '--limit must be 100 at most, not 1000' },
  })
  expect((await told('task', 'list', '--limit', '0')).message).toBe('--limit must be 1 at least, not 0')
})

test('what a title holds steers nobody’s terminal, not even that of who gave it', async () => {
  const hostile = 'a\u001b[2Jb\u0007'
  for (const argv of [
    ['task', 'create', hostile],
    ['task', 'create', 'plain', '--subtask', hostile],
  ]) {
    const { out, err } = await say(argv, { env })
    expect(out + err).not.toMatch(/[\u001b\u0007]/)
  }
  const plan = JSON.stringify({ tasks: [{ title: hostile }] })
  const { out } = await say(['task', 'import', '-', '--format', 'json', '--dry-run'], { env, stdin: plan })
  expect(out).toContain('a␛[2Jb␇')
})

test('a filter that finds nothing leads to the list without it', async () => {
  expect((await told('task', 'list', '--label', 'nowhere')).data).toMatchObject({ next: ['maestro task list'] })
})

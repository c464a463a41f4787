import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { TaskId } from '../../protocol/ids.ts'
import type { Task } from '../../protocol/model.ts'
import type { Entry } from '../../protocol/project.ts'
import { type Mock, type Seen, startMockMessagesApi, type Turn } from '../claude-code/mock-messages-api.mjs'
import { claudeProfile, findClaude, prepareClaude } from './claude.ts'
import { leader } from './orchestra-minds.ts'
import { System } from './system.ts'

const claude = findClaude()
if ('missing' in claude) console.error(`\n!!! SKIPPED, the real Claude Code: ${claude.missing}\n`)

const bash = (command: string) => ({ tool: 'Bash', input: { command, description: 'Maestro' } })
/** A worker that looks at its task, reports, and ends by the command that its prompt ended with. */
const worker = (summary: string): Turn[] => [
  bash('maestro prime && maestro task show'),
  bash(`maestro update "At it: ${summary}"`),
  ({ firstUser }: Seen) => bash(completing(firstUser).replace(/<[^>]*>/, summary)),
  'Done.',
]
/** The last line of a prompt: the exact command that completes the task. */
const completing = (prompt: string) =>
  prompt
    .trimEnd()
    .split('\n')
    .findLast((line) => line.startsWith('maestro task complete'))!

describe.skipIf('missing' in claude)('two kinds of real Claude Code on one plan', () => {
  let system: System
  let mock: Mock
  let shop: Client

  beforeAll(async () => {
    if ('missing' in claude) return
    const lanes = ['Survey', 'Parse', 'Store', 'Report', 'Translate', 'Ship']
    const rules = [
      { lane: 'leader', system: 'role: orchestrator', tools: true },
      { lane: 'leader', firstUser: 'role: orchestrator', tools: true },
      ...lanes.map((lane) => ({ lane, firstUser: `# ${lane} `, tools: true })),
    ]
    mock = await startMockMessagesApi({ script: { rules, fallback: 'All done.' } })
    system = new System()
    const own = join(system.home, '../claude')
    mkdirSync(own, { recursive: true })
    const set = prepareClaude(realpathSync(own), system.repository, mock.url)
    await system.start(claudeProfile('agent', claude.program, set, ['--allowedTools', 'Bash'], true))
    shop = await system.project('shop')
  })
  afterAll(async () => {
    await system?.remove()
    await mock?.close()
  })

  test('one plans six tasks, starts workers, waits, reads, tries again what failed, and finishes', {
    timeout: 280_000,
  }, async () => {
    for (const lane of ['Survey', 'Store', 'Report', 'Ship']) mock.push(lane, ...worker(`${lane} is there`))
    // The first one on this task is killed in the midst of it, as by a system without memory; the second does it.
    mock.push('Parse', bash('maestro update "At it" && kill -9 $PPID'), ...worker('Parse is there'))
    // This one hands over, to be looked at.
    mock.push('Translate', bash('maestro task review --summary "Please look at the French"'), 'Handed over.')
    const mind = leader('agent', 'app')
    mock.push('leader', ...Array.from({ length: 60 }, () => mind.turn))

    const [goal, session] = [newId('task'), newId('sess')]
    await shop.execute('task.create', { task: goal, title: 'Have the catalogue in three languages' })
    await shop.execute('session.spawn', {
      ...{ session, tasks: [goal], profile: 'agent', workspace: 'app', role: 'orchestrator' },
    })
    await expect
      .poll(() => shop.query('session.show', { session }), { timeout: 240_000, interval: 200 })
      .toMatchObject({ status: 'ended', outcome: 'completed' })

    const project = await shop.query('project.show', {})
    const tasks = Object.values(project.tasks)
    expect(mind.complaints).toEqual([])
    expect(tasks.map(({ title, status }) => [title.split(' ')[0], status]).sort()).toEqual(
      ['Have', 'Parse', 'Report', 'Ship', 'Store', 'Survey', 'Translate'].map((title) => [title, 'done']),
    )
    const named = (word: string) => tasks.find(({ title }) => title.startsWith(word))!
    expect(named('Parse').attempts).toMatchObject([{ outcome: 'failed' }])
    expect(named('Have').result?.summary).toContain('six tasks')
    expect(named('Ship').result?.summary).toBe('Ship is there')
    // Six tasks, one of them twice, and the one who leads.
    expect(Object.values(project.sessions)).toHaveLength(8)
    expect(Object.values(project.sessions).filter(({ parent }) => parent === session)).toHaveLength(7)
    expect(await system.gitStatus()).toBe('')
    expect(wrongIn(await entries(), tasks)).toEqual([])
  })

  async function entries(): Promise<Entry[]> {
    const all: Entry[] = []
    for (let since = 0, more = true; more; since = all.at(-1)?.seq ?? since) {
      const page = await shop.askProject('entry.list', { since, limit: 1000 })
      all.push(...page.entries)
      more = page.more
    }
    return all
  }
})

/** What must hold of the log as a whole. */
function wrongIn(log: Entry[], tasks: Task[]): string[] {
  const wrong: string[] = []
  log.forEach(({ seq }, at) => {
    if (seq !== at + 1) wrong.push(`entry ${at + 1} has seq ${seq}`)
  })
  if (new Set(log.map(({ id }) => id)).size !== log.length) wrong.push('an id is there twice')
  const at = (task: TaskId, action: string) =>
    log.filter(({ type, data }) => type === 'task:updated' && data.task === task && data.action === action)
  for (const task of tasks) {
    const [claimed] = at(task.id, 'claimed')
    if (at(task.id, 'completed').length !== 1) wrong.push(`${task.title} was completed other than once`)
    for (const need of task.needs) {
      const [completed] = at(need, 'completed')
      if (!completed || !claimed || completed.seq > claimed.seq)
        wrong.push(`${task.title} began before ${need} was done`)
    }
  }
  // Whatever waited became ready in the very entry that completed the last of its needs.
  const released = log.flatMap((entry) => (entry.type === 'task:updated' ? (entry.data.released ?? []) : []))
  const waiting = tasks.filter(({ needs }) => needs.length).map(({ id }) => id)
  if (released.sort().join() !== waiting.sort().join()) wrong.push(`released were ${released}, not ${waiting}`)
  return wrong
}

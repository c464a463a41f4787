import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Actor, scopes } from '../../protocol/actor.ts'
import { longId, shortId } from '../../protocol/ids.ts'
import type { Command, Event } from '../../protocol/project.ts'
import { page, pass } from './parts/read.ts'
import { withSmallLog } from './parts/small-log.ts'

const bytes = () => crypto.getRandomValues(new Uint8Array(10))
const owner: Actor = { kind: 'person', key: 'key_owner', name: 'owner', scopes }
const [t1, t2, session] = [shortId('task', bytes()), shortId('task', bytes()), shortId('sess', bytes())]
const plain = { description: '', priority: 'medium' as const, acceptance: '', labels: [], needs: [], subtasks: [] }
const asked = {
  profile: 'demo',
  workspace: 'scratch',
  role: 'worker' as const,
  name: '',
  prompt: '',
  skills: [],
  spawner: null,
  label: null,
}

let project: ReturnType<typeof longId<'proj'>>
let object: DurableObjectStub<import('../../durable-objects/project.ts').ProjectObject>

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  project = longId('proj', Date.now(), bytes())
  object = env.PROJECTS.getByName(project)
  for (const command of story()) await object.execute(owner, command, longId('evt', Date.now(), bytes()))
})
afterEach(() => void vi.useRealTimers())

/** Entries 1 to 9: t1 is told of in 2, 4, 6 (the session was asked for on it) and 7, the session in 6 and 8. */
const story = (): Command[] => [
  { type: 'project.create', project, name: 'shop' },
  { type: 'task.create', task: t1, title: 'One', ...plain },
  { type: 'task.create', task: t2, title: 'Two', ...plain },
  { type: 'task.note', task: t1, text: 'first' },
  { type: 'task.note', task: t2, text: 'other' },
  { type: 'session.spawn', session, tasks: [t1], ...asked },
  { type: 'session.progress', session, text: 'half way' },
  { type: 'task.note', task: t2, text: 'last' },
]

type Range = Omit<Parameters<typeof page>[1], 'limit'> & { limit?: number }
type Read = (range: Range) => Promise<(number | 'more')[]>

/** The story in a log that has let go of what came before `floor`: the archive alone has that. */
async function readFrom(floor: number, step: (read: Read) => Promise<void>): Promise<void> {
  const told = await object.rows(owner, { since: 0, limit: 100 })
  if (!told.ok) throw new Error(told.error.message)
  const { rows } = told.value
  const sizes = floor > 1 ? { volume: floor - 1, tail: 10 - floor } : { volume: 100, tail: 100 }
  await withSmallLog(async (small) => {
    for (const row of rows) small.write({ type: row.type, data: JSON.parse(row.data) } as Event, row.id, row.by) // as it was written
    await pass(small, 60_000)
    expect(small.log.floor).toBe(floor)
    await step(async (range) => {
      const { rows, more } = await page(small, { limit: 100, ...range })
      return [...rows.map(({ seq }) => seq), ...(more ? (['more'] as const) : [])]
    })
  }, sizes)
}

test.each([1, 5, 9])(
  'a project that holds its log from entry %i on is read like one that holds it all',
  async (floor) => {
    await readFrom(floor, async (read) => {
      expect(await read({ since: 0 })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(await read({ since: 3, limit: 3 })).toEqual([4, 5, 6, 'more'])
      expect(await read({ since: 6, limit: 3 })).toEqual([7, 8, 9])
      expect(await read({})).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(await read({ limit: 3 })).toEqual([7, 8, 9, 'more'])
      expect(await read({ before: 7, limit: 3 })).toEqual([4, 5, 6, 'more'])
      expect(await read({ before: 4, limit: 3 })).toEqual([1, 2, 3])
    })
  },
)

test.each([1, 5, 9])('what concerns a task, or a session, is found on both sides of entry %i', async (floor) => {
  await readFrom(floor, async (read) => {
    expect(await read({ task: t1 })).toEqual([2, 4, 6, 7])
    expect(await read({ task: t1, since: 2, limit: 2 })).toEqual([4, 6, 'more'])
    expect(await read({ task: t1, before: 7, limit: 2 })).toEqual([4, 6, 'more'])
    expect(await read({ session, since: 0 })).toEqual([6, 8])
    expect(await read({ session, task: t1 })).toEqual([6])
    expect(await read({ types: ['task:created'] })).toEqual([2, 3])
    expect(await read({ types: ['task:created', 'task:note'], task: t1 })).toEqual([2, 4])
    expect(await read({ types: ['session:updated', 'session:spawn_request'], before: 8 })).toEqual([6])
  })
})

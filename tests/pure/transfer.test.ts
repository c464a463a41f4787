import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeExport } from '../../cli/export-write.ts'
import { type Passing, readExport } from '../../cli/import-read.ts'
import type { Client } from '../../client/client.ts'
import { nextAlarm } from '../../protocol/clock.ts'
import { MaestroError } from '../../protocol/errors.ts'
import { emptyProject } from '../../protocol/model.ts'
import { type Entry, evolve, replay } from '../../protocol/project.ts'
import { checkedEntry, decideSettled, entryLine } from '../../protocol/transfer.ts'
import { anything } from './protocol/anything.ts'
import { add, atWork, given, heard, m1, online, projectId, Story, s1, s2, spawn, start, t1 } from './protocol/given.ts'
import { broken } from './protocol/invariants.ts'

const file = 'shop.ndjson'

/** The log that a story comes to, whatever of it is refused. */
function logOf(steps: Parameters<Story['take']>[0][]): Entry[] {
  const story = new Story()
  story.take({ type: 'project.create', project: projectId(1), name: 'Garden' })
  for (const step of steps) story.try(step)
  return story.log
}

/** The file that `log` makes, by a server that answers with at most `most` entries at once. */
async function fileOf(log: Entry[], most = 7): Promise<Buffer> {
  const answers = {
    'log.show': () => ({ head: log.length, begins: 1, epoch: 'e1' }),
    'entry.list': ({ since, limit }: { since: number; limit: number }) => ({
      entries: log.slice(since, since + Math.min(limit, most)),
    }),
  }
  // The two questions that writing asks, answered from `log`.
  const client = {
    with: () => client,
    askProject: async (type: keyof typeof answers, input: never) => answers[type](input),
  } as unknown as Client
  const project = { id: projectId(1), name: 'Garden', createdAt: start, needsYou: 0, running: 0 }
  let text = ''
  const write = async (more: string) => {
    text += more
  }
  const where = { project, since: 0, now: start, signal: new AbortController().signal }
  await writeExport(client, where, write, () => undefined)
  return Buffer.from(text)
}

/** The bytes in chunks of `size`, as a disk may hand them over. */
async function* chunks(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function passed(bytes: Buffer, size = 1_000): Promise<Passing[]> {
  const all: Passing[] = []
  for await (const one of readExport(chunks(bytes, size), file)) all.push(one)
  return all
}
const entriesIn = (all: Passing[]) => all.flatMap((one) => (one.kind === 'entry' ? [one.entry] : []))
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T // what the wire makes of it
const wrong = (bytes: Buffer | string) =>
  passed(Buffer.from(bytes)).then(
    () => 'nothing',
    (error: Error) => error.message,
  )

describe('an export', () => {
  test('of any log is read as that log, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 90 }),
        async (steps, size, most) => {
          const log = logOf(steps)
          const read = entriesIn(await passed(await fileOf(log, most), size))
          expect(read.map(({ type, data, ...rest }) => ({ ...rest, type, data }))).toEqual(plain(log))
          expect(replay(read)).toEqual(replay(plain(log)))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('of which any byte was changed, taken out or put in is refused', async () => {
    const bytes = await fileOf(given(add(t1), ...atWork(s1, [t1]), heard('tool_use', { tool: 'Bash' })).log)
    const place = fc.nat({ max: bytes.length - 1 })
    const other = fc.integer({ min: 1, max: 255 })
    await fc.assert(
      fc.asyncProperty(place, other, fc.constantFrom('changed', 'taken out', 'put in'), async (at, by, how) => {
        const changed = Buffer.from([(bytes[at]! + by) % 256])
        const after = bytes.subarray(how === 'put in' ? at : at + 1)
        const spoilt = Buffer.concat([bytes.subarray(0, at), ...(how === 'taken out' ? [] : [changed]), after])
        fc.pre(!spoilt.equals(bytes))
        expect(await wrong(spoilt)).toContain(file)
      }),
      { numRuns: 400 },
    )
  })

  test('that is cut off anywhere is refused, and it is said that its end is missing', async () => {
    const bytes = await fileOf(given(add(t1)).log)
    for (let length = 0; length < bytes.length; length++)
      expect(await wrong(bytes.subarray(0, length))).toMatch(
        length === 0 ? /no export of Maestro/ : /cut off|no export/,
      )
  })

  test('is refused with the reason, and the line where it is', async () => {
    const lines = (await fileOf(given(add(t1)).log)).toString().trimEnd().split('\n')
    const file = (...some: string[]) => `${some.join('\n')}\n`
    const [head, first, second, end] = lines as [string, string, string, string]
    expect(lines).toHaveLength(4)
    for (const [text, message] of [
      ['hello\n', 'shop.ndjson is no export of Maestro'],
      [
        file(head.replace('"format":1', '"format":2'), first),
        'shop.ndjson was written by a newer Maestro (0.1.0, format 2)',
      ],
      [
        file(head.replace('"since":0', '"since":1'), first),
        'shop.ndjson, line 1: begins after entry 1: a project needs its log from the first entry on',
      ],
      [file(head, second, first, end), 'shop.ndjson, line 2: entry 2 comes where entry 1 should'],
      [file(head, first, end), 'shop.ndjson, line 3: its end comes before its last entry: lines were taken out'],
      [file(head, first, second, second, end), 'shop.ndjson, line 4: is where its end should be: lines were put in'],
      [
        file(head, first, second.replace('Task 1', 'Task 2'), end),
        'shop.ndjson, line 4: its SHA-256 is not that of what is before: the file was changed',
      ],
      [file(head, first, second, end, ''), 'shop.ndjson, line 5: it goes on after its end'],
      [
        file(head, first, second.replaceAll('task:created', 'task:exploded'), end),
        'shop.ndjson, line 3: Entry 2 is task:exploded, which this version does not know: a newer Maestro wrote it',
      ],
      [
        file(head, first, second.replace('"priority"', '"urgency"'), end),
        /^shop.ndjson, line 3: Entry 2 is not as entries are: data.task.priority/,
      ],
      [
        file(head, first, second.replace('"labels":[', '"mood":"good","labels":['), end),
        'shop.ndjson, line 3: Entry 2 has data.task.mood, which this version does not know: a newer Maestro wrote it',
      ],
    ] as const)
      expect(await wrong(text)).toMatch(message)
  })
})

describe('an entry', () => {
  test('of the time before tasks and sessions had all their fields is taken as it is', () => {
    const [, created] = given(add(t1)).log
    const { acceptance: _, ...task } = (created as Extract<Entry, { type: 'task:created' }>).data.task
    const old = { ...created, data: { task } }
    expect(checkedEntry(plain(old))).toEqual(old)
  })

  test.each([
    ['a prototype', (data: object) => JSON.parse(JSON.stringify({ ...data, x: 1 }).replace('"x"', '"__proto__"'))],
    ['nothing', () => ({})],
    ['a list', () => [1]],
    ['a task without steps', (data: { task: object }) => ({ task: { ...data.task, subtasks: null } })],
    ['a task with a wrong id', (data: { task: object }) => ({ task: { ...data.task, id: '__proto__' } })],
  ])('that says %s is refused', (_, spoil) => {
    const [, created] = given(add(t1)).log
    expect(() => checkedEntry({ ...created, data: spoil(created!.data as never) })).toThrow('Entry 2')
  })

  test('that ends a session without ending it, or begins a second project, is refused', () => {
    const { log } = given(...atWork(s1))
    const updated = log.find(({ type }) => type === 'session:updated')!
    const ended = { ...updated, data: { ...updated.data, changes: { status: 'ended' } } }
    expect(() => checkedEntry(ended)).toThrow('end by something else')
    expect(() => checkedEntry({ ...log[0], seq: 2 })).toThrow('begins a project')
    expect(() => checkedEntry({ ...log[1], seq: 1 })).toThrow('begins a project')
  })

  test('taken with others in any order, or without some, breaks no replay', () => {
    fc.assert(
      fc.property(anything, fc.infiniteStream(fc.nat(1_000)), (steps, chance) => {
        const next = () => chance.next().value as number // it never ends
        const [first, ...rest] = logOf(steps)
        const some = rest.filter(() => next() % 5 > 0).sort(() => (next() % 4 === 0 ? 1 : -1))
        const project = emptyProject()
        for (const [at, entry] of [first!, ...some].entries())
          evolve(project, checkedEntry({ ...plain(entry), seq: at + 1 }))
        for (const event of decideSettled(project, start))
          evolve(project, { ...event, seq: 0, id: 'x', at: start, by: 'maestro' } as Entry)
        expect(project.live).toEqual({})
      }),
      { numRuns: 60 },
    )
  })
})

test('an entry of which anything was made anything else is refused in a sentence, or breaks nothing', () => {
  const other = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('ended', 'todo', '__proto__', 0, -1, 1e300, [], {}),
  )
  let taken = 0
  fc.assert(
    fc.property(
      anything,
      fc.array(fc.tuple(fc.nat(), fc.nat(), other), { minLength: 8, maxLength: 8 }),
      (steps, changes) => {
        const log = plain(logOf(steps))
        for (const [which, where, value] of changes) {
          const at = which % log.length
          const places = placesIn(log[at]!.data)
          const [holder, name] = places[where % Math.max(1, places.length)] ?? [log[at]!.data, 'x']
          Object.defineProperty(holder, name, { value, enumerable: true, writable: true, configurable: true })
        }
        const project = emptyProject()
        for (const entry of log) {
          try {
            evolve(project, checkedEntry(entry))
            taken++
          } catch (error) {
            if (!(error instanceof MaestroError)) throw error
          }
        }
        for (const event of decideSettled(project, start))
          evolve(project, { ...event, seq: 0, id: 'x', at: start, by: 'maestro' } as Entry)
        expect(nextAlarm(project)).toBeUndefined()
        expect(Object.keys(JSON.parse(JSON.stringify(project)) as object)).toContain('tasks')
      },
    ),
    { numRuns: 120 },
  )
  expect(taken).toBeGreaterThan(1_000)
})

/** Every place in `value` that something could stand in. */
function placesIn(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => [[value, name] as [object, string], ...placesIn(one)])
}

test('an entry of a time that no date can say is refused', () => {
  const [created] = plain(given(add(t1)).log)
  expect(checkedEntry({ ...created, at: 8.64e15 })).toMatchObject({ at: 8.64e15 })
  expect(() => checkedEntry({ ...created, at: 8.64e15 + 1 })).toThrow('at')
})

test('what is nested without end is refused before anything tries to write it', () => {
  const [, created] = given(add(t1)).log
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
  expect(() => checkedEntry({ ...created, data: { task: deep } })).toThrow('nested more than 40 deep')
})

test('nothing runs in a project that was brought from elsewhere, and no task waits for what ran there', () => {
  const story = given(online(m1), add(t1), ...atWork(s1, [t1]), spawn(s2))
  for (const event of decideSettled(story.project, start)) {
    const entry = { ...event, seq: 0, id: 'x', at: start, by: 'maestro' } as Entry
    evolve(story.project, entry)
  }
  const { sessions, tasks, spawners, live } = story.project
  expect(live).toEqual({})
  expect(sessions[s1]).toMatchObject({
    status: 'ended',
    outcome: 'lost',
    reason: 'it ran elsewhere, before its project was brought here',
  })
  expect(sessions[s2]).toMatchObject({ status: 'ended', outcome: 'stopped' })
  expect(tasks[t1]).toMatchObject({ status: 'todo', assignee: null, attempts: [{ session: s1, outcome: 'lost' }] })
  expect(spawners[m1]).toMatchObject({ status: 'offline' })
  expect(broken(story.project)).toEqual([])
})

test('a line has the fields of the wire, in its order', () => {
  const [entry] = given().log
  expect(Object.keys(JSON.parse(entryLine(entry!)) as object)).toEqual([
    'seq',
    'id',
    'at',
    'by',
    'type',
    'event',
    'data',
  ])
})

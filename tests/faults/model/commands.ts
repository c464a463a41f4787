import fc from 'fast-check'
import { plainKeeper, Replica } from '../../../client/replica.ts'
import type { Actor } from '../../../protocol/actor.ts'
import type { HookEvent } from '../../../protocol/hook-event.ts'
import type { Project } from '../../../protocol/model.ts'
import { type Entry, parseCommand } from '../../../protocol/project.ts'
import { step } from '../../pure/protocol/anything.ts'
import { type Asked, ann, eventId, heard, m1, machine, projectId, type Step } from '../../pure/protocol/given.ts'
import type { Model } from './model.ts'
import { same } from './same.ts'
import type { Line, Range, Row, Subject } from './subject.ts'

/** Somebody who looks on: the client's own replica, and what it has heard so far. */
export type Viewer = { line: Line; heard: number; replica: Replica; keeper: ReturnType<typeof plainKeeper> }
/** The real one, and who looks at it. */
export type World = { subject: Subject; viewers: Viewer[]; archiveUp: boolean; figures: Record<string, number> }
type Act = fc.AsyncCommand<Model, World>

const count = (world: World, what: string) => {
  world.figures[what] = (world.figures[what] ?? 0) + 1
}

/** An action with a name that a failure can be told by. */
const act = (name: string, run: (model: Model, world: World) => Promise<void>): Act => ({
  check: () => true,
  run: async (model, world) => {
    model.now += name.length % 3 === 0 ? 1_000 : 3 // within what is told at once, and long after
    world.subject.setTime(model.now)
    count(world, name.split(' ')[0]!)
    await run(model, world)
  },
  toString: () => name,
})

/** Requests whose ids come again, now and then for something else. */
const requestId = fc.nat(400).map((n) => `evt_${String(n).padStart(32, '0')}`)
const asks = fc.tuple(step, requestId).map(([step, id]) => {
  if ('later' in step) return passes(step.later)
  if ('heard' in step) return hears([{ ...step.heard, id: eventId(1_000 + (Number(id.slice(4)) % 60)) }], step.by)
  return asking(step, id)
})

function asking(step: Exclude<Step, { heard: HookEvent } | { later: number }>, id: string): Act {
  const { by, ask } = 'ask' in step ? step : { by: ann as Actor | undefined, ask: step }
  return act(`ask ${id.slice(-3)} ${JSON.stringify(ask)}`, async (model, world) => {
    const { type, ...input } = ask
    const command = parseCommand(type, input)
    const who = 'ask' in step ? by! : usual(model.project, ask)
    const expected = model.execute(who, command, id)
    const answer = await world.subject.execute(who, command, id)
    if ('refused' in expected) return same(answer.ok ? 'done' : answer.error.error, expected.refused)
    const { entries, duplicate } = answer.ok ? answer.value : { entries: answer.error, duplicate: false }
    if (duplicate) count(world, 'absorbed')
    same(
      { entries, duplicate },
      { ...expected, entries: expected.entries.map((entry) => ({ ...entry, event: entry.type })) },
    )
  })
}

/** Machines speak for themselves and for what runs on them; for all else, Ann. */
function usual(project: Project, ask: Asked): Actor {
  if ('spawner' in ask && /^(session\.claim|spawner\.)/.test(ask.type)) return machine(ask.spawner as typeof m1)
  if (ask.type !== 'session.place' && ask.type !== 'session.report' && ask.type !== 'session.end') return ann
  const { spawner } = project.sessions[ask.session as keyof Project['sessions']] ?? {}
  return machine(spawner ?? m1)
}

function hears(events: HookEvent[], by: Actor): Act {
  return act(`hear ${JSON.stringify(events)} of ${by.name}`, async (model, world) => {
    const expected = model.hear(by, events)
    world.figures.absorbed =
      (world.figures.absorbed ?? 0) + expected.filter(({ result }) => result === 'duplicate').length
    same(await world.subject.hear(by, events), expected)
  })
}

/** Payloads that are well-formed and mean ill. */
const poison = fc.constantFrom<Partial<HookEvent>>(
  { payload: { text: 'half \ud800 a pair' } },
  { payload: JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}') },
  { payload: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) },
  { tool: '__proto__', ms: 86_400_000_000 },
  { tool: 'toString', toolUse: '"; DROP TABLE entries; --', summary: '\u0000\u2028"\\' },
  { at: -1e300, agentSession: 'constructor' },
  { payload: undefined },
)
const batch = fc
  .array(
    fc.tuple(fc.nat(60), fc.constantFrom('prompt', 'tool_use', 'stop', 'session_end', 'other'), fc.option(poison)),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((some) =>
    hears(
      some.map(([n, kind, ill]) => told(n, kind as HookEvent['kind'], ill ?? {})),
      machine(m1),
    ),
  )
const told = (n: number, kind: HookEvent['kind'], more: Partial<HookEvent> = {}): HookEvent => ({
  ...{ ...heard(kind).heard, id: eventId(1_000 + n), agentSession: 'hand', tool: 'Bash' },
  ...more,
})

/** So many that the object keeps a snapshot, or a viewer is told one instead of what it missed. */
const flood = fc.constantFrom(400, 400, 1_000, 1_100, 1_100, 5_200).map((many) =>
  act(`flood ${many}`, async (model, world) => {
    const from = 10_000 + model.log.length
    const by = machine(m1)
    for (let n = 0; n < many; n += 100) {
      const events = Array.from({ length: 100 }, (_, i) => told(from + n + i, 'tool_use'))
      same(await world.subject.hear(by, events), model.hear(by, events))
    }
  }),
)

const passes = (ms: number) =>
  act(`pass ${ms}`, async (model, world) => {
    model.now += ms
    world.subject.setTime(model.now)
    await ring(model, world)
  })

async function ring(model: Model, { subject }: World): Promise<void> {
  await subject.ring()
  model.ring(await subject.log(model.log.length))
}

const evict = act('evict', async (model, { subject }) => {
  await subject.evict()
  same(await subject.show(), copy(model.project))
})

const archive = fc.boolean().map((up) =>
  act(`D1 ${up ? 'is back' : 'fails'}`, async (_, world) => {
    world.archiveUp = up
    await world.subject.setArchive(up)
  }),
)

const place = fc.double({ min: 0, max: 1.1, noNaN: true })
const since = fc.oneof({ arbitrary: place, weight: 6 }, fc.constantFrom('', '-1', 'x', '1e99'))
const epochs = fc.constantFrom('right', 'right', 'right', 'none', 'wrong')
const joins = fc.tuple(since, epochs).map(([since, epoch]) =>
  act(`join ${since} ${epoch}`, async (model, world) => {
    const seq = typeof since === 'number' ? Math.floor(since * model.log.length) : undefined
    const keeper = plainKeeper()
    const replica = new Replica(keeper)
    const known = await epochOf(world.subject)
    if (seq !== undefined && seq <= model.log.length) {
      keeper.reset(model.at(seq))
      replica.seq = seq
    }
    const said = epoch === 'none' ? '' : `&epoch=${epoch === 'right' ? known : 'another'}`
    const line = await world.subject.connect(`?since=${seq ?? since}${said}`)
    if (epoch === 'wrong') same(line.frames[1]?.type, 'snapshot')
    world.viewers.push({ line, heard: 0, replica, keeper })
  }),
)

async function epochOf(subject: Subject): Promise<string> {
  const { frames, close } = await subject.connect('?since=0')
  close()
  const [hello] = frames
  return hello?.type === 'hello' ? hello.epoch : ''
}

const drops = fc.nat(3).map((n) =>
  act(`drop ${n}`, async (_, world) => {
    const viewer = world.viewers[n]
    if (!viewer) return
    listen(viewer)
    viewer.line.close()
    viewer.line = await world.subject.connect(viewer.replica.since)
    viewer.heard = 0
  }),
)

/** What a viewer's client does with what it was told. A gap would have it connect anew; here there is no reason for one. */
function listen(viewer: Viewer): void {
  const { frames } = viewer.line
  for (; viewer.heard < frames.length; viewer.heard++) {
    const frame = structuredClone(frames[viewer.heard]!)
    if (frame.type === 'entries' && frame.entries.some(({ seq }) => seq <= viewer.replica.seq))
      throw new Error('a viewer was told something twice')
    const { gap } = viewer.replica.receive(frame)
    if (gap) throw new Error('a viewer found a gap in what it was told')
  }
}

const reads = fc.tuple(place, fc.boolean(), fc.integer({ min: 1, max: 40 })).map(([share, forward, limit]) =>
  act(`read ${share} ${forward} ${limit}`, async (model, { subject, archiveUp }) => {
    if (!archiveUp) return // what only the archive has cannot be read now
    const seq = Math.floor(share * (model.log.length + 1))
    const range: Range = forward ? { since: seq, limit } : { before: seq + 1, limit }
    const entries = forward ? model.log.slice(seq, seq + limit) : model.log.slice(0, seq).slice(-limit)
    same((await subject.read(range)).map(entryOf), entries)
  }),
)

/** Where the disk refuses one statement, the request has no effect, or the one it would have had. */
const failing = fc.tuple(fc.nat(4), fc.boolean(), requestId).map(([after, heard, id]) =>
  act(`fail ${after} ${heard} ${id.slice(-3)}`, async (model, { subject }) => {
    if (!subject.failWrite) return
    const events = [0, 1, 2].map((n) => told(20_000 + model.log.length + n, 'prompt'))
    const command = { type: 'project.edit', name: `after ${model.log.length}` } as const
    subject.failWrite(after)
    const asked = heard ? subject.hear(machine(m1), events) : subject.execute(ann, command, id)
    const failed = await asked.then(
      () => false,
      () => true,
    )
    subject.failWrite(Number.POSITIVE_INFINITY)
    const kept = (await subject.log(model.log.length)).length > 0
    if (!failed || kept) heard ? model.hear(machine(m1), events) : model.execute(ann, command, id)
    same(await subject.show(), copy(model.project))
  }),
)

export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value))
export const entryOf = ({ data, ...row }: Row): Entry => ({ ...row, data: JSON.parse(data) }) as unknown as Entry // as the log has it

const repeated = (weight: number, arbitrary: fc.Arbitrary<Act>) => Array.from({ length: weight }, () => arbitrary)
const begin = act('begin', async (model, { subject }) => {
  const command = { type: 'project.create', project: projectId(1), name: 'Garden' } as const
  const id = eventId(999)
  const expected = model.execute(ann, command, id)
  const answer = await subject.execute(ann, command, id)
  same(answer.ok, 'entries' in expected)
})

/** Any story of a project's object and all that may happen to it. */
export const stories = fc.commands(
  [
    ...repeated(24, asks),
    ...repeated(4, batch),
    ...repeated(3, joins),
    ...repeated(2, drops),
    ...repeated(3, reads),
    ...repeated(2, fc.constant(evict)),
    ...repeated(2, fc.constantFrom(3_000, 60_000, 600_000).map(passes)),
    archive,
    failing,
  ],
  { maxCommands: 80, size: 'max' },
)
/** The same, with so much in one that snapshots come of it. */
export const longStories = fc.commands(
  [...repeated(4, asks), flood, flood, joins, drops, reads, ...repeated(2, fc.constant(evict))],
  { maxCommands: 30, size: 'max' },
)

export { begin, listen, ring }

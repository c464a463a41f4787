import { type Actor, scopesFor, system } from '../../../protocol/actor.ts'
import { type ErrorBody, MaestroError } from '../../../protocol/errors.ts'
import type { HookEvent } from '../../../protocol/hook-event.ts'
import type { EventId, ProjectId, SessionId, SpawnerId, SubtaskId, TaskId } from '../../../protocol/ids.ts'
import { emptyProject, type Project, type Session, type Task } from '../../../protocol/model.ts'
import {
  type CommandType,
  decide,
  decideHeard,
  decideTick,
  type Entry,
  type Event,
  evolve,
  type Input,
  parseCommand,
} from '../../../protocol/project.ts'
import { broken, frozen } from './invariants.ts'

export const taskId = (n: number): TaskId => `task_${String(n).padStart(8, '0')}`
export const subId = (n: number): SubtaskId => `sub_${String(n).padStart(8, '0')}`
export const sessionId = (n: number): SessionId => `sess_${String(n).padStart(8, '0')}`
export const spawnerId = (n: number): SpawnerId => `spn_${String(n).padStart(8, '0')}`
export const projectId = (n: number): ProjectId => `proj_${String(n).padStart(32, '0')}`
export const eventId = (n: number): EventId => `evt_${String(n).padStart(32, '0')}`

export const [t1, t2, t3] = [taskId(1), taskId(2), taskId(3)]
export const [s1, s2, s3] = [sessionId(1), sessionId(2), sessionId(3)]
export const [m1, m2] = [spawnerId(1), spawnerId(2)]

export const ann: Actor = { kind: 'person', key: 'key_ann', name: 'Ann', scopes: scopesFor('person') }
export const bob: Actor = { ...ann, key: 'key_bob', name: 'Bob' }
export const agent = (session: SessionId): Actor => ({
  ...{ kind: 'session', key: `key_${session}`, name: session, scopes: scopesFor('session'), session },
})
export const machine = (spawner: SpawnerId): Actor => ({
  ...{ kind: 'spawner', key: `key_${spawner}`, name: spawner, scopes: scopesFor('spawner'), spawner },
})
export const hookKey: Actor = { kind: 'hook', key: 'key_hook', name: 'laptop', scopes: scopesFor('hook') }

/** A command as a caller writes it, defaults not yet filled in. */
export type Asked = { [T in CommandType]: { type: T } & Fields<Input<T>> }[CommandType]
/** Those of no fields at all would forbid the type too. */
type Fields<I> = I extends Record<string, never> ? unknown : I
export type Step = Asked | { by: Actor; ask: Asked } | { heard: HookEvent; by: Actor } | { later: number }

export const start = Date.UTC(2026, 10, 21, 12)
export const seconds = (n: number) => n * 1_000
export const minutes = (n: number) => n * 60_000

/** A project in which `steps` have happened, one second apart. Each must be accepted. */
export function given(...steps: Step[]) {
  const story = new Story()
  for (const step of [{ type: 'project.create', project: projectId(1), name: 'Garden' } as const, ...steps]) {
    story.pass(seconds(1))
    story.take(step)
  }
  return story
}

export class Story {
  project = emptyProject()
  log: Entry[] = []
  now = start
  /** The project as the last decision saw it: a copy, frozen. */
  before = frozen(emptyProject())

  /** What asking this comes to: `events`, or `refused`. Reading the one when it was the other fails the test. */
  when(step: Step, { by, now }: { by?: Actor; now?: number } = {}) {
    this.now = now ?? this.now + seconds(1)
    try {
      return accepted(this, this.take(by && 'type' in step ? { by, ask: step } : step))
    } catch (error) {
      if (!(error instanceof MaestroError)) throw error
      return refused(error)
    }
  }

  /** Takes `step`, or leaves everything as it is when it is refused. */
  try(step: Step): Event[] | undefined {
    try {
      return this.take(step)
    } catch (error) {
      if (error instanceof MaestroError) return undefined
      throw error
    }
  }

  /** Decides, appends and evolves as the project's object does, and looks after everything that must always hold. */
  take(step: Step): Event[] {
    if ('later' in step) this.pass(step.later)
    const events = this.#decide(step)
    const id = eventId(this.log.length + 1)
    events.forEach((event, i) => {
      this.#append(event, i ? `${id}.${i}` : id, nameOf(step))
    })
    const wrong = broken(this.project)
    if (wrong.length) throw new Error(wrong.join('\n'))
    return events
  }

  pass(ms: number): void {
    this.now += ms
  }

  #decide(step: Step): Event[] {
    const project = frozen(structuredClone(this.project))
    this.before = project
    const now = this.now
    if ('later' in step) return decideTick(project, now)
    if ('heard' in step) return decideHeard(project, { ...step.heard, at: now }, { by: step.by, now })
    const { by, ask } = 'ask' in step ? step : { by: usual(project, step), ask: step }
    const { type, ...input } = ask
    return decide(project, parseCommand(type, input), { by, now })
  }

  #append(event: Event, id: string, by: string): void {
    const seq = this.log.length + 1
    // Every event with the four fields of its place is an entry.
    const entry = { seq, id, at: this.now, by, ...event } as Entry
    this.log.push(frozen(entry))
    evolve(this.project, entry)
  }
}

function accepted(story: Story, events: Event[]) {
  const { project } = story
  return {
    events,
    types: events.map(({ type }) => type),
    project,
    task: (id: TaskId): Task => project.tasks[id] ?? fail(`there is no ${id}`),
    session: (id: SessionId): Session => project.sessions[id] ?? fail(`there is no ${id}`),
    get refused(): ErrorBody {
      return fail('it was not refused')
    },
  }
}

function refused(error: MaestroError): ReturnType<typeof accepted> {
  const refusal = () => fail(`it was refused: ${JSON.stringify(error)}`)
  return {
    get events() {
      return refusal()
    },
    get types() {
      return refusal()
    },
    get project() {
      return refusal()
    },
    task: refusal,
    session: refusal,
    refused: error.toJSON(),
  }
}

function fail(why: string): never {
  throw new Error(why)
}

/** Machines speak for themselves and for what runs on them; for all else, Ann. */
function usual(project: Project, ask: Asked): Actor {
  const own = ['session.claim', 'spawner.online', 'spawner.offline', 'spawner.expect']
  if ('spawner' in ask && own.includes(ask.type)) return machine(ask.spawner as SpawnerId) // written as one above
  if (ask.type !== 'session.place' && ask.type !== 'session.report' && ask.type !== 'session.end') return ann
  const spawner = project.sessions[ask.session as SessionId]?.spawner // written as one above
  return spawner ? machine(spawner) : system
}

function nameOf(step: Step): string {
  if ('later' in step) return 'maestro'
  return 'by' in step ? (step.by.session ?? step.by.spawner ?? `person:${step.by.name}`) : 'person:Ann'
}

export const add = (task: TaskId, more: Partial<Input<'task.create'>> = {}): Asked => ({
  ...{ type: 'task.create', task, title: `Task ${Number(task.slice(5))}`, ...more },
})
export const spawn = (session: SessionId, tasks: TaskId[] = [], more: Partial<Input<'session.spawn'>> = {}): Asked => ({
  ...{ type: 'session.spawn', session, tasks, ...more },
})
export const online = (spawner: SpawnerId, more: Partial<Input<'spawner.online'>> = {}): Asked => ({
  ...{ type: 'spawner.online', spawner, name: `machine ${Number(spawner.slice(4))}`, machine: 'host', version: '1' },
  ...{ profiles: [{ name: 'claude', agent: 'claude-code' }], workspaces: ['scratch'], capacity: 30 },
  ...more,
})
export const offline = (spawner: SpawnerId): Asked => ({ type: 'spawner.offline', spawner })
export const claimed = (session: SessionId, spawner = m1): Asked => ({ type: 'session.claim', session, spawner })
export const report = (session: SessionId, status: 'running' | 'idle' = 'running'): Asked => ({
  ...{ type: 'session.report', session, status },
})
export const ended = (session: SessionId, outcome: Session['outcome'], reason: string | null = null): Asked => ({
  ...{ type: 'session.end', session, outcome: outcome ?? 'completed', reason },
})
export const take = (task: TaskId, session: SessionId): Asked => ({ type: 'task.claim', task, session })
export const undo = (change?: string): Asked => ({ type: 'task.undo', ...(change && { change }) })
export const complete = (task: TaskId): Asked => ({ type: 'task.complete', task })

/** A session asked for, claimed by a machine and at work on `tasks`, which must exist. */
export const atWork = (session: SessionId, tasks: TaskId[] = [], spawner = m1): Step[] => [
  ...[spawn(session, tasks), online(spawner), claimed(session, spawner), report(session)],
]

/** A session of an agent that said which conversation it had, and has ended. */
export const conversed = (session: SessionId, tasks: TaskId[] = []): Step[] => [
  ...atWork(session, tasks),
  { type: 'session.register', session, agentSession: `conversation-${session}` },
  ended(session, 'stopped'),
]

let heardCount = 0
/** What an agent's hook tells, by the machine that runs it unless `by` is another. */
export const heard = (kind: HookEvent['kind'], more: Partial<HookEvent> = {}, by: Actor = machine(m1)) => ({
  by,
  heard: {
    ...{ id: eventId(++heardCount), at: start, agent: 'claude-code', kind, name: kind, summary: kind, payload: {} },
    ...more,
  },
})

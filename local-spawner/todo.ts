import type { SessionId, SpawnerId } from '../protocol/ids.ts'
import { asKnown } from '../protocol/machine-rules.ts'
import type { Outcome, Project, Session, Spawner } from '../protocol/model.ts'
import { whyNot } from '../protocol/session-rules.ts'
import type { Verdict } from './verdict.ts'

/** What there is of a session on this machine. */
export type Here =
  | { state: 'opening' }
  | { state: 'running' }
  /** It was told to end; its exit is on the way. */
  | { state: 'ending' }
  | { state: 'exited'; code: number | null; signal: string | null; verdict?: Verdict }
  /** It was not started, or nobody can tell whether it was: it will not be started again. */
  | { state: 'failed'; reason: string }
  /** It was started, and what held its terminal is gone. */
  | { state: 'lost'; reason: string }

/** What a machine says of itself when it comes online. */
export type Facts = Omit<Spawner, 'id' | 'status' | 'since' | 'connected' | 'ownName' | 'draining' | 'revoked'>

/** This machine: `room` is how many more sessions it may take, of whatever project; with `panic` it starts none. */
export type Me = { id: SpawnerId; facts: Facts; room: number; panic: boolean }

export type Order =
  | { do: 'announce' }
  | { do: 'claim'; session: SessionId }
  | { do: 'open'; session: SessionId }
  /** Tell that it runs. */
  | { do: 'report'; session: SessionId }
  /** End the program and all that it started. */
  | { do: 'stop'; session: SessionId }
  /** Tell that it has ended. */
  | { do: 'end'; session: SessionId; outcome: Outcome; exitCode: number | null; reason: string | null }
  /** The project knows of its end: nothing of it is needed here any more. */
  | { do: 'forget'; session: SessionId }

/**
 * What this machine has to do for `project`, given what is `here` of its sessions. It looks at how things are, never at
 * what happened: after any loss of connection, or of the daemon itself, looking again is enough.
 */
export function todo(project: Project, me: Me, here: ReadonlyMap<SessionId, Here>): Order[] {
  return [
    ...announcements(project, me, here),
    ...claims(project, me, here),
    ...mine(project, me, here),
    ...strays(project, me, here),
  ]
}

function announcements(project: Project, { id, facts }: Me, here: ReadonlyMap<SessionId, Here>): Order[] {
  const known = project.spawners[id]
  const said = asKnown(known, facts)
  const isKnown = known?.status === 'online' && JSON.stringify({ ...known, ...said }) === JSON.stringify(known)
  const isMissed = [...here].some(([session, { state }]) => state === 'running' && isGivenUp(project, id, session))
  return isKnown && !isMissed ? [] : [{ do: 'announce' }]
}

/** Nobody heard of this machine for long, so the project took it for lost; announcing that it is alive brings it back. */
function isGivenUp(project: Project, me: SpawnerId, id: SessionId): boolean {
  const session = project.sessions[id]
  return session?.status === 'ended' && session.outcome === 'lost' && session.spawner === me
}

function claims(project: Project, me: Me, here: ReadonlyMap<SessionId, Here>): Order[] {
  if (mayNotStart(project, me)) return []
  const free = live(project).filter((session) => session.status === 'spawning' && !session.spawner)
  const mayBeMine = free.filter((session) => canStart(project, session, me.id))
  const oldestFirst = mayBeMine.toSorted((a, b) => a.requestedAt - b.requestedAt)
  // One that is here already, because its claim ran out meanwhile, takes no new room.
  const known = oldestFirst.filter(({ id }) => here.has(id) && here.get(id)?.state !== 'opening')
  const fresh = oldestFirst.filter(({ id }) => !here.has(id)).slice(0, Math.max(0, me.room))
  return [...known, ...fresh].map(({ id }) => ({ do: 'claim', session: id }))
}

/** A session that was claimed before stays so until its claim runs out: then it waits, and that was no try. */
const mayNotStart = (project: Project, { panic }: Me) => panic || Boolean(project.frozen)

function canStart(project: Project, session: Session, me: SpawnerId): boolean {
  const machine = project.spawners[me]
  return machine !== undefined && whyNot(project, session, machine) === undefined
}

function mine(project: Project, me: Me, here: ReadonlyMap<SessionId, Here>): Order[] {
  return live(project)
    .filter((session) => session.spawner === me.id)
    .flatMap((session) => forMine(session, here.get(session.id), mayNotStart(project, me)))
}

function forMine(session: Session, here: Here | undefined, isHeld: boolean): Order[] {
  const { id, status, stopping } = session
  if (!here) {
    if (status !== 'spawning') return [end(id, 'lost', 'its machine knows nothing of it any more')]
    if (stopping) return [end(id, 'stopped', `stopped by ${stopping.by} before it started`)]
    return isHeld ? [] : [{ do: 'open', session: id }]
  }
  switch (here.state) {
    case 'opening':
    case 'ending':
      return []
    case 'running':
      if (stopping) return [{ do: 'stop', session: id }]
      return status === 'spawning' ? [{ do: 'report', session: id }] : []
    case 'exited':
      // It did run, however shortly: only a session that has run hands its tasks over.
      if (status === 'spawning' && !stopping) return [{ do: 'report', session: id }]
      return [afterExit(session, here)]
    case 'failed':
    case 'lost':
      return [end(id, here.state, here.reason)]
  }
}

function afterExit({ id, stopping }: Session, { code, signal, verdict }: Extract<Here, { state: 'exited' }>): Order {
  if (verdict) return end(id, verdict.outcome, verdict.reason, code)
  if (stopping) return end(id, 'stopped', `stopped by ${stopping.by}`, code)
  if (code === 0) return end(id, 'completed', null, code)
  return end(id, 'failed', signal ? `ended by ${signal}` : `exited with code ${code}`, code)
}

/** What is here and should not be: of a session that has ended, that another machine has, or that the project lost. */
function strays(project: Project, me: Me, here: ReadonlyMap<SessionId, Here>): Order[] {
  return [...here].flatMap(([id, { state }]): Order[] => {
    const session = project.sessions[id]
    const isWanted = session && session.status !== 'ended' && (session.spawner === me.id || session.spawner === null)
    if (isWanted || state === 'opening' || state === 'ending') return []
    if (state !== 'running') return [{ do: 'forget', session: id }]
    return isGivenUp(project, me.id, id) ? [] : [{ do: 'stop', session: id }]
  })
}

function end(session: SessionId, outcome: Outcome, reason: string | null, exitCode: number | null = null): Order {
  return { do: 'end', session, outcome, exitCode, reason }
}

function live(project: Project): Session[] {
  const ids = Object.keys(project.live) as SessionId[] // the keys of `live` are session ids by its schema
  return ids.map((id) => project.sessions[id]).filter((session) => session !== undefined)
}

import {
  type EventId,
  longId,
  type ProjectId,
  type SessionId,
  type SpawnerId,
  type SubtaskId,
  shortId,
  type TaskId,
} from '../protocol/ids.ts'

type Ids = { task: TaskId; sub: SubtaskId; sess: SessionId; spn: SpawnerId; proj: ProjectId; evt: EventId }

/** Ids are made by whoever asks, so that asking twice is asking once. */
export function newId<P extends keyof Ids>(prefix: P): Ids[P] {
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  const id = prefix === 'proj' || prefix === 'evt' ? longId(prefix, Date.now(), bytes) : shortId(prefix, bytes)
  return id as Ids[P] // both functions put `prefix` first
}

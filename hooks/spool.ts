import { type EventId, SessionId } from '../protocol/ids.ts'

/** What the name and the modification time of a spool file say about the payload in it. */
export type Spooled = {
  id: EventId
  at: number
  session?: SessionId
  agent: string
  /** The hook's process, where the name says it: of two in one tick of the clock, the later one has the higher number. */
  pid?: number
}

/**
 * Reads `<session or ->.<agent>.[<pid>-]<unique>.json`; nothing for a file that no hook made. The id is made of the file alone,
 * so a file that is sent twice is kept once. `mtimeMs` is when the hook ran, in ms.
 */
export function readSpoolName(name: string, mtimeMs: number): Spooled | undefined {
  const [, session = '', agent = '', pid, unique = ''] = spoolName.exec(name) ?? []
  if (!unique) return
  const known = SessionId.safeParse(session)
  return {
    id: eventIdOf(unique, mtimeMs),
    at: Math.floor(mtimeMs),
    agent,
    ...(known.success && { session: known.data }),
    ...(pid && { pid: Number(pid) }),
  }
}

const spoolName =
  /^([0-9a-z_-]{1,50})\.([a-z0-9-]{1,50})\.(?:(\d{1,10})-(?=[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.))?([0-9a-f-]{1,64})\.json$/

/** A UUIDv7 is the id that the hook itself has sent already; anything else is made into one with the time in front. */
function eventIdOf(unique: string, mtimeMs: number): EventId {
  const hex = unique.replaceAll('-', '')
  if (/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(hex)) return `evt_${hex}`
  const time = Math.floor(mtimeMs).toString(16).padStart(12, '0').slice(-12)
  const rest = hex.slice(-18).padStart(18, '0')
  return `evt_${time}7${rest.slice(0, 3)}8${rest.slice(3)}`
}

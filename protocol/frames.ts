import type { HookResult } from './directory.ts'
import type { ErrorBody } from './errors.ts'
import type { SessionId } from './ids.ts'
import type { Project } from './model.ts'
import type { Entry } from './project.ts'

/** The version of these frames: changes only add, so an older client goes on. */
export const FRAMES = 1

/**
 * What a project says over its live connection. First `hello`; then either the entries after `since`, or a
 * `snapshot` cut at one seq; then `entries` in order. `floor` is the oldest seq the project still holds itself.
 * Whoever is told `reports` may send some here.
 */
export type ServerFrame =
  | { type: 'hello'; v: typeof FRAMES; epoch: string; head: number; floor: number; reports?: true }
  | { type: 'snapshot'; epoch: string; seq: number; project: Project }
  | { type: 'entries'; entries: (Entry & { event: string })[] }
  /** To a spawner: the sessions whose terminals somebody watches now. */
  | { type: 'watched'; sessions: SessionId[] }
  /** What became of the events of report `n`, of each; or why nothing did. */
  | { type: 'reported'; n: number; results: HookResult[] }
  | { type: 'refused'; n: number; error: ErrorBody }

/** What a report may hold at most, however it comes: so many events, and so many bytes as JSON. */
export const REPORT_EVENTS = 100
export const REPORT_BYTES = 256_000

/** What a machine says there: what hooks of its agents told. */
export type ClientFrame = { type: 'report'; n: number; events: unknown[] }

/** Sent by a client as bare text, answered with `pong` by the runtime without waking the project. */
export const PING = 'ping'
export const PONG = 'pong'

/** So often (ms) clients ping, unless both ends are told otherwise: `MAESTRO_HEARTBEAT_MS` of the server and of the daemon. */
export const HEARTBEAT_MS = 10_000

/** Why a connection was closed, and so what to do. */
export const closeCodes = {
  /** The key ended or was revoked: stop. */
  signedOut: 4401,
  /** The key may not do this: stop. */
  forbidden: 4403,
  /** Too slow to keep up: connect again and resync. */
  tooSlow: 4408,
  /** Another connection of the same machine took its place. */
  superseded: 4409,
  /** The server restarts: connect again, with jitter. */
  restart: 1012,
} as const

/** The subprotocol a client names at the upgrade; a browser adds its one-use ticket beside it. */
export const SUBPROTOCOL = 'maestro.v1'
export const TICKET_PREFIX = 'maestro.ticket.'

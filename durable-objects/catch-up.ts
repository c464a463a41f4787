import type { Actor } from '../protocol/actor.ts'
import { FRAMES, type ServerFrame } from '../protocol/frames.ts'
import type { Project } from '../protocol/model.ts'
import { frames } from './fanout.ts'
import { encodeRow, type Log } from './log.ts'
import { mayReport } from './sockets.ts'

const PAGE = 1_000
/** Whoever has missed more is told how things are rather than all that led there: a socket holds what is not yet sent. */
const TAIL = 5_000

/** What a new connection is told first: hello, then what it missed, or a snapshot. */
export function catchUp(socket: WebSocket, query: URLSearchParams, log: Log, project: Project, actor: Actor): void {
  const { epoch, head, floor } = log
  send(socket, { type: 'hello', v: FRAMES, epoch, head, floor, ...(mayReport(actor) && { reports: true }) })
  const since = Number(query.get('since') ?? Number.NaN)
  const known = query.get('epoch') === null || query.get('epoch') === epoch
  if (!known || !(since >= Math.max(floor - 1, head - TAIL) && since <= head)) {
    return send(socket, { type: 'snapshot', epoch, seq: head, project })
  }
  for (let at = since; at < head; ) {
    const rows = log.since(at, PAGE)
    for (const frame of frames(rows.map(encodeRow))) socket.send(frame)
    at = rows.at(-1)!.seq
  }
}

export function send(socket: WebSocket, frame: ServerFrame): void {
  socket.send(JSON.stringify(frame))
}

import type { SessionId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import { send } from './catch-up.ts'
import type { Log } from './log.ts'
import type { Sockets } from './sockets.ts'

/** The sessions whose terminals somebody watches. Their machines are told, and nobody else sends terminal bytes. */
export class Watched {
  #log: Log
  #sockets: Sockets

  constructor(log: Log, sockets: Sockets) {
    this.#log = log
    this.#sockets = sockets
  }

  get ids(): SessionId[] {
    return JSON.parse(this.#log.fact('watched') ?? '[]') as SessionId[] // only `set` writes it
  }

  set(project: Project, session: SessionId, watched: boolean): void {
    const before = this.ids
    const after = watched ? [...new Set([...before, session])] : before.filter((id) => id !== session)
    if (after.length !== before.length) this.#log.setFact('watched', JSON.stringify(after))
    const spawner = project.sessions[session]?.spawner
    for (const socket of spawner ? this.#sockets.open(spawner) : []) this.tell(project, socket, spawner!)
  }

  /** Tells a machine which of its terminals are watched. */
  tell(project: Project, socket: WebSocket, spawner: string): void {
    const sessions = this.ids.filter((id) => project.sessions[id]?.spawner === spawner)
    send(socket, { type: 'watched', sessions })
  }
}

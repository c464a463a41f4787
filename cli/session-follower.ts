import type { Client } from '../client/client.ts'
import { Live } from '../client/live.ts'
import { plainKeeper, Replica } from '../client/replica.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Entry } from '../protocol/project.ts'
import { isAbout } from '../protocol/subject.ts'
import { Conditions } from './conditions.ts'
import { connectionNews } from './connection-news.ts'
import type { Context } from './context.ts'
import { refusalOf } from './terminal-access.ts'

/** One session, followed until `signal` is set. */
export class SessionFollower {
  /** How often something was heard of it. */
  heard = 0
  #keeper = plainKeeper()
  #id: SessionId
  #isLive = false
  #conditions = new Conditions()

  constructor(context: Context, client: Client, id: SessionId, signal: AbortSignal) {
    this.#id = id
    const news = connectionNews(context)
    const live = new Live(client, new Replica(this.#keeper), {
      entries: (fresh) => this.#count(fresh),
      status: (status) => {
        news(status)
        this.#isLive = status.state === 'live'
        const refusal = status.state === 'stopped' && refusalOf(status)
        if (refusal) this.#conditions.fail(refusal)
        this.#conditions.look()
      },
    })
    signal.addEventListener('abort', () => live.stop())
    live.start()
  }

  /** Whether it comes to rest within `ms`. Refuses when it has ended. */
  rests(ms: number): Promise<boolean> {
    return this.#conditions.within(ms, () => {
      const session = this.#keeper.project.sessions[this.#id]
      if (!this.#isLive) return false
      if (!session || session.status === 'ended') throw ended(this.#id)
      return session.status === 'idle'
    })
  }

  /** Whether more is heard of it than `before`, within `ms`. */
  hears(before: number, ms: number): Promise<boolean> {
    return this.#conditions.within(ms, () => this.heard > before)
  }

  #count(fresh: Entry[]): void {
    this.heard += fresh.filter((entry) => isAbout(entry, { session: this.#id })).length
    this.#conditions.look()
  }
}

const ended = (id: SessionId) =>
  new MaestroError('wrong_status', `${id} has ended, and reads nothing any more`, {
    suggestion: `maestro session show ${id}`,
  })

import type { Client } from '../../../client/client.ts'
import { Live } from '../../../client/live.ts'
import { plainKeeper, Replica } from '../../../client/replica.ts'
import type { SessionId } from '../../../protocol/ids.ts'
import type { Project, Session } from '../../../protocol/model.ts'
import type { Entry } from '../../../protocol/project.ts'

/** A project as a viewer sees it. */
export type Follower = {
  project: () => Project
  /** Up to where in the log it has come. */
  seq: () => number
  entries: Entry[]
  /** Resolves with the first thing that `look` finds, now or once it has happened. */
  until: <T>(look: (project: Project, entries: Entry[]) => T | undefined | false) => Promise<T>
  session: (id: SessionId, is: (session: Session) => boolean) => Promise<Session>
  stop: () => void
}

export function follow(client: Client): Follower {
  const keeper = plainKeeper()
  const entries: Entry[] = []
  const waiting = new Set<() => void>()
  const tell = () => {
    for (const check of waiting) check()
  }
  const replica = new Replica(keeper)
  const live = new Live(client, replica, {
    entries: (fresh) => {
      entries.push(...fresh)
      tell()
    },
    snapshot: tell,
  })
  live.start()
  const until: Follower['until'] = (look) =>
    new Promise((resolve) => {
      const check = () => {
        const found = look(keeper.project, entries)
        if (found === undefined || found === false) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
    })
  const session: Follower['session'] = (id, is) =>
    until((project) => {
      const found = project.sessions[id]
      return found && is(found) ? found : undefined
    })
  return {
    ...{ project: () => keeper.project, seq: () => replica.seq, entries, until, session },
    stop: () => live.stop(),
  }
}

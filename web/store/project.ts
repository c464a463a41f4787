import { createSignal } from 'solid-js'
import { createStore, produce, reconcile } from 'solid-js/store'
import type { Client } from '../../client/client.ts'
import { Live, type LiveStatus } from '../../client/live.ts'
import { Replica } from '../../client/replica.ts'
import type { ProjectId, SessionId, TaskId } from '../../protocol/ids.ts'
import { emptyProject, type Project } from '../../protocol/model.ts'
import type { Entry } from '../../protocol/project.ts'
import { subjectOf } from '../../protocol/subject.ts'
import { makeActions } from './actions.ts'
import { createFeed, type Feed } from './feed.ts'
import { orNotice } from './notices.ts'
import { signOut } from './person.ts'
import { makePulse } from './pulse.ts'

/** How many feeds stay filled after they were looked at. */
const FEEDS_KEPT = 12

/** A project as it is now, kept up to date for as long as it is started. */
export function createProject(owner: Client, id: ProjectId) {
  const client = owner.with({ project: id })
  const [project, setProject] = createStore<Project>(emptyProject())
  const [status, setStatus] = createSignal<LiveStatus>({ state: 'connecting' })
  const [known, setKnown] = createSignal(false)
  const [seq, setSeq] = createSignal(0)
  const pulse = makePulse()
  const feeds = new Map<string, Feed>()

  const replica = new Replica({
    reset: (fresh) => setProject(reconcile(fresh)),
    change: (mutate) => setProject(produce(mutate)),
  })
  const live = new Live(client, replica, {
    entries: (fresh) => {
      setSeq(replica.seq)
      pulse.take(fresh)
      for (const feed of [...feeds.values()]) feed.take(fresh) // whoever hears of it may ask for a feed
    },
    snapshot: () => {
      setSeq(replica.seq)
      for (const feed of [...feeds.values()]) feed.reset()
      setKnown(true)
    },
    status: (now) => {
      setStatus(now)
      if (now.state === 'live') setKnown(true)
      if (now.state === 'stopped' && now.reason === 'signed-out') signOut()
    },
  })

  const ask = (page: { before?: number; limit: number; session?: SessionId }) =>
    orNotice(client.askProject('entry.list', page))

  /** The feed of one session, of one task, or of the whole project. */
  const feedOf = (of: { session?: SessionId; task?: TaskId } = {}): Feed => {
    const key = of.session ?? of.task ?? ''
    const feed = feeds.get(key) ?? createFeed(ask, (entry) => concerns(entry, of), of.session, of.task !== undefined)
    feeds.delete(key)
    feeds.set(key, feed)
    if (feeds.size > FEEDS_KEPT) feeds.delete(feeds.keys().next().value!)
    return feed
  }

  return {
    id,
    project,
    known,
    status,
    seq,
    pulse,
    feedOf,
    client,
    ...makeActions(client),
    start: () => {
      live.start()
      void ask({ limit: 300 }).then((page) => page && pulse.take(page.entries))
    },
    stop: () => live.stop(),
    hurry: () => live.hurry(),
  }
}
export type ProjectStore = ReturnType<typeof createProject>

function concerns(entry: Entry, of: { session?: SessionId; task?: TaskId }): boolean {
  if (!of.session && !of.task) return true
  const subject = subjectOf(entry)
  if (of.task) return subject.task === of.task
  return subject.session === of.session || entry.by === of.session
}

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { homeAt } from '../../../embedded/home.ts'
import type { System } from '../../e2e/system.ts'
import { pidsWith } from '../../edge/parts/proc.ts'
import { type Follower, follow } from '../../node/parts/follow.ts'
import { historyOf, linesFrom, linesOf, spoolOf, startsIn, wholeLog } from './evidence.ts'
import { type Evidence, UP } from './invariants.ts'
import { type Accepted, ledgersIn } from './ledger.ts'

/** What a test knows of what it did, beside what is there. */
export type Known = {
  system: Pick<System, 'home' | 'said' | 'down'>
  /** The owner's, for the project in question. */
  client: Client
  /** A viewer that has been there all the time. */
  steady: Follower
  accepted: Accepted[]
  looks: Evidence['looks']
  earlier: Evidence['earlier']
  failures: string[]
}

/** How long it may take, on a slow machine, until all that is under way has arrived. */
const REST_MS = 60_000

/**
 * Waits until nothing is under way any more, has somebody join late, gathers everything, and stops the system: the
 * history is read from its files. No session may be live when this is called.
 */
export async function gather(known: Known): Promise<Evidence> {
  const { system, client, steady, accepted, looks, earlier, failures } = known
  const home = homeAt(system.home)
  const project = client.options.project!
  const poll = { timeout: REST_MS, interval: 100 }
  await expect.poll(() => spoolOf(home).waiting, poll).toBe(0)
  await expect
    .poll(() => survivorsOf(home.root), poll)
    .toEqual([])
    .catch(() => undefined) // who still is there is told below
  const survivors = survivorsOf(home.root)
  const late = follow(client)
  // What hooks dropped, or was set aside, is told a moment later; all is read at one place of the log.
  const look = async () => {
    const head = await figure(client, 'maestro_log_entries_total')
    await expect.poll(() => figure(client, 'maestro_archive_behind'), poll).toBe(0)
    await expect.poll(() => Math.min(steady.seq(), late.seq()), poll).toBeGreaterThanOrEqual(head)
    const [log, live] = [await wholeLog(client), await client.query('project.show', {})]
    const seen = Object.entries({ steady, late })
    const viewers = seen.map(([name, one]) => ({ name, seq: one.seq(), project: structuredClone(one.project()) }))
    return { head, log, live, viewers }
  }
  let { head, log, live, viewers } = await look()
  for (let now = await look(); now.head > head; now = await look()) ({ head, log, live, viewers } = now)
  for (const viewer of [steady, late]) viewer.stop()
  await system.down()
  const notes = [...ledgersIn(home.sessions).values()].flat()
  return {
    ...{ log, project: live, viewers, looks, earlier, survivors, failures },
    history: historyOf(home, project),
    accepted: [...accepted, ...notes.flatMap((note) => ('accepted' in note ? [note.accepted] : []))],
    starts: startsIn(home),
    lines: [...linesOf(home), ...linesFrom(system.said, UP)],
    spool: spoolOf(home),
  }
}

/** Programs of sessions of this home: each has its session's id in its environment. Holders are named with theirs. */
function survivorsOf(root: string): string[] {
  return pidsWith(root).flatMap((pid) => {
    const [, session] = /(?:MAESTRO_SESSION_ID=|\/sessions\/)(sess_\w+)/.exec(toldBy(pid)) ?? []
    return session ? [`${session} is over, and process ${pid} of it is there: ${commandOf(pid)}`] : []
  })
}

function figure(client: Client, name: string): Promise<number> {
  return client.ask('metrics', {}).then((text) => {
    const line = text.split('\n').find((one) => one.startsWith(`${name}{project="${client.options.project}"}`))
    return Number(line?.split(' ')[1])
  })
}

const commandOf = (pid: number) => contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)
const toldBy = (pid: number) => commandOf(pid) + contentOf(`/proc/${pid}/environ`)

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // ended while we looked
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { ensureFolders, homeAt } from '../../../local-spawner/home.ts'
import type { Edge } from '../../edge/edge.ts'
import { type Follower, follow } from '../../node/parts/follow.ts'
import { type HistoryRow, linesFrom, spoolOf, wholeLog } from './evidence.ts'
import type { Evidence } from './invariants.ts'

type Known = Pick<Evidence, 'accepted' | 'failures'> & { viewers: Record<string, Follower>; daemonLog?: string }

/** As `gather`, of a server whose sessions nobody really started. Waits until everybody has caught up. */
export async function evidenceOf(edge: Edge, client: Client, known: Known): Promise<Evidence> {
  const poll = { timeout: 60_000, interval: 100 }
  ensureFolders(homeAt(edge.home.root)) // no daemon may have been here
  await expect.poll(() => spoolOf(edge.home).waiting, poll).toBe(0)
  await expect.poll(async () => (await rows(edge, client)).length - (await head(client)), poll).toBe(0)
  const seen = { ...known.viewers, late: follow(client) }
  const log = await wholeLog(client)
  await expect.poll(() => Object.values(seen).filter((one) => one.seq() !== log.length), poll).toEqual([])
  const viewers = Object.entries(seen).map(([name, one]) => ({ name, seq: one.seq(), project: one.project() }))
  seen.late.stop()
  const server = readFileSync(join(edge.home.run, 'server.log'), 'utf8')
  return {
    ...{ log, viewers, accepted: known.accepted, failures: known.failures },
    project: await client.query('project.show', {}),
    history: await rows(edge, client),
    ...{ earlier: [], looks: { count: 0, wrong: [] }, starts: new Map(), survivors: [] },
    lines: [...linesFrom(server, 'run/server.log'), ...linesFrom(known.daemonLog ?? '', 'run/spawner.log')],
    spool: spoolOf(edge.home),
  }
}

async function rows(edge: Edge, client: Client): Promise<HistoryRow[]> {
  const sql = 'SELECT seq, id, at, "by", type, data FROM entries WHERE project = ? ORDER BY seq'
  const [found = []] = await edge.sql([{ sql, values: [client.options.project!] }])
  return found as HistoryRow[] // the columns of db/migrations
}

const head = async (client: Client) =>
  (await client.askProject('entry.list', { before: 1e9, limit: 1 })).entries[0]?.seq ?? 0

/**
 * Somebody in a project that is left alone, as a process of its own: reports an event now and then, watches it come back
 * over the live connection, and at the end of its standard input says how long each took, and what it sees.
 * `node bystander.ts <url> <owner's key> <reporter's key> <project>`
 */
import { once } from 'node:events'
import { Client } from '../../../client/client.ts'
import { newId } from '../../../client/ids.ts'
import type { ProjectId } from '../../../protocol/ids.ts'
import { follow } from '../../node/parts/follow.ts'
import { hashOf } from './invariants.ts'

export type Sight = { ms: number[]; failures: string[]; seq: number; hash: string }

const EVERY_MS = 50
const [url = '', key = '', reporter = '', project = ''] = process.argv.slice(2)
const client = new Client({ url, key, project: project as ProjectId }) // whoever starts this says which
const source = client.with({ key: reporter, patience: { retries: 0, delay: 0 } })
const follower = follow(client)
const sight: Sight = { ms: [], failures: [], seq: 0, hash: '' }
let isOver = false
void once(process.stdin.resume(), 'end').then(() => {
  isOver = true
})

await follower.until(({ id }) => id !== null) // what came before is in the snapshot, and no entry
process.stdout.write('ready\n')
while (!isOver) {
  const event = { at: Date.now(), agent: 'claude-code', kind: 'tool_use', name: 'PostToolUse', summary: 'Bash true' }
  const id = newId('evt')
  const began = performance.now()
  const result = await report({ ...event, id, payload: null })
  if (result === 'stored') await follower.until((_, entries) => entries.some((entry) => entry.id === id))
  else sight.failures.push(result)
  sight.ms.push(performance.now() - began)
  follower.entries.length = 0
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
}
process.stdout.write(`${JSON.stringify({ ...sight, seq: follower.seq(), hash: hashOf(follower.project()) })}\n`)
follower.stop()

async function report(event: object): Promise<string> {
  return source.report([event]).then(({ results: [first] }) => first?.result ?? 'no answer', String)
}

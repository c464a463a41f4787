/**
 * How a project grows by so many events, beside 10,000 tasks: its size where it lives and in D1, and how long it takes to
 * wake. `EVENTS=1000000 npm run bench:growth`.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { median } from './load.ts'

const events = Number(process.env.EVENTS ?? 200_000)
const tasks = Number(process.env.TASKS ?? 10_000)
const agents = Number(process.env.AGENTS ?? 20)
const lines = 4

const edge = await startEdge()
const owner = new Client({ url: edge.url, key: edge.ownerKey, timeout: 120_000 })
const project = newId('proj')
await owner.ask('project.new', { project, name: 'growth' })
const shop = owner.with({ project })
const { key } = await owner.ask('key.create', { kind: 'hook', name: 'bench', project })
const reporter = shop.with({ key })

for (let made = 0; made < tasks; made += 200) {
  const some = Array.from({ length: Math.min(200, tasks - made) }, (_, i) => ({
    ...{
      task: newId('task'),
      title: `Task ${made + i}`,
      description: 'What is to be done, in a few words. '.repeat(5),
    },
    subtasks: [0, 1, 2].map((step) => ({ subtask: newId('sub'), title: `Step ${step}` })),
  }))
  await shop.execute('task.import', { tasks: some })
}

const kinds = ['tool_start', 'tool_use'] as const
function event(n: number): HookEvent {
  const at = Date.now()
  return {
    ...{ id: newId('evt'), at, agent: 'claude-code', agentSession: `agent-${Math.floor(n / 2) % agents}` },
    ...{ kind: kinds[n % 2]!, name: 'PostToolUse', tool: ['Bash', 'Edit', 'Read'][Math.floor(n / 2) % 3]! },
    ...{ toolUse: `toolu_${Math.floor(n / 2)}`, summary: `Edit src/module${n % 500}.ts` },
    ...(n % 2 ? { ms: 12 } : {}),
    payload: { tool_input: { file_path: `src/module${n % 500}.ts`, old_string: 'x'.repeat(400) } },
  }
}

const figure = async (name: string) =>
  Number(new RegExp(`^maestro_${name}\\S* (\\d+)$`, 'm').exec(await owner.ask('metrics', {}))?.[1])

const began = performance.now()
let next = 0
await Promise.all(
  Array.from({ length: lines }, async () => {
    while (next < events) {
      const first = next
      next += 100
      await reporter.report(Array.from({ length: 100 }, (_, i) => event(first + i)))
    }
  }),
)
const fed = (performance.now() - began) / 1000
for (let behind = 1; behind > 0; ) {
  await new Promise((resolve) => setTimeout(resolve, 500))
  behind = await figure('archive_behind')
}
const archived = (performance.now() - began) / 1000
// One volume goes at a time.
for (let floor = -1; floor !== (await figure('log_floor')); ) {
  floor = await figure('log_floor')
  await new Promise((resolve) => setTimeout(resolve, 3_000))
}

const inD1 = sizeOf(edge.home.data)
const object = await figure('log_bytes')
const floor = await figure('log_floor')
const head = await figure('log_entries_total')
const timed = async (step: () => Promise<unknown>) => {
  const from = performance.now()
  await step()
  return performance.now() - from
}
const waking: number[] = []
const awake: number[] = []
for (let round = 0; round < 5; round++) {
  await edge.restart()
  await owner.ask('whoami', {}) // so that the Worker and D1 are there, and what is left is the project
  waking.push(await timed(() => shop.query('spawner.list', {})))
  awake.push(await timed(() => shop.query('spawner.list', {})))
}
const reads = {
  'newest page': await timed(() => shop.askProject('entry.list', { limit: 100 })),
  'oldest page': await timed(() => shop.askProject('entry.list', { since: 0, limit: 100 })),
  'rare type': await timed(() => shop.askProject('entry.list', { type: 'project:created' })),
  'search, one word': await timed(() => shop.askProject('history.search', { text: 'module7' })),
  'search, rare': await timed(() => shop.askProject('history.search', { text: 'nowhere' })),
  tools: await timed(() => shop.askProject('history.tools', {})),
}
await edge.stop()

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const figures = {
  'events, tasks': `${events}, ${tasks}`,
  'entries, of which the object holds': `${head}, ${head - floor + 1}`,
  'fed, events/s': Math.round(events / fed),
  'archived after, s': Math.round(archived),
  'the object': mb(object),
  'all files, D1 among them': mb(inD1),
  'waking, ms (median, worst)': `${median(waking).toFixed(0)}, ${Math.max(...waking).toFixed(0)}`,
  'awake, ms': median(awake).toFixed(1),
  ...Object.fromEntries(Object.entries(reads).map(([name, ms]) => [`${name}, ms`, ms.toFixed(0)])),
  'load of the machine': loadavg()[0]!.toFixed(1),
}
console.table(figures)
const results = join(import.meta.dirname, 'results')
mkdirSync(results, { recursive: true })
writeFileSync(join(results, 'growth.json'), JSON.stringify({ at: new Date().toISOString(), figures, waking }, null, 2))

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0)
}

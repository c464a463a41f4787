/**
 * How long an event takes to be acknowledged and to be seen by a viewer, on a schedule of 10 to 1,000 a second, with 1 and with
 * 50 viewers: by post, and by the path that hooks take. Beside a bare Durable Object, which only acknowledges, and a peer that
 * runs already:
 * `npm run bench:latency -- http://127.0.0.1:4000`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { System } from '../tests/e2e/system.ts'
import { startBare } from './bare.ts'
import { crowd } from './crowd.ts'
import { median } from './load.ts'
import { onSchedule, percentiles } from './open-loop.ts'
import { prepareFiles } from './spool-files.ts'
import { archived, eventOf, maestro, peer, type Target } from './targets.ts'
import { look, type View } from './wire.ts'

const rounds = 3
const rates = [10, 100, 500, 1_000]
const seconds = (rate: number) => (rate === 10 ? 3 : 1.5)
const [address] = process.argv.slice(2)

const system = await new System().start()
const client = await system.project('bench')
await system.cli('project', 'use', client.options.project!)
const ours = await maestro(client)

type Times = { ack?: number[]; viewer?: number[] }
/** Reports event `mark`; told when it was acknowledged, where anybody does that. */
type Way = {
  name: string
  view?: () => Promise<View>
  /** Answers what reports each of `marks`, and is told when it was acknowledged, where anybody does that. */
  prepare: (marks: string[]) => ((acknowledged: () => void) => void)[]
  acks: boolean
}
const byPost = (target: Omit<Target, 'view'> & { view?: Target['view'] }): Way => ({
  name: `${target.name}, by post`,
  ...(target.view && { view: target.view }),
  prepare: (marks) => {
    // Connections of its own: a server ends those that are idle while another way is measured.
    const agent = new Agent({ keepAlive: true, maxSockets: 64 })
    return marks.map((mark) => (acknowledged) => post(agent, target, target.body(mark), acknowledged))
  },
  acks: true,
})
const ways: Way[] = [
  byPost(ours),
  {
    name: 'Maestro, by hook file',
    view: ours.view,
    prepare: (marks) => prepareFiles(join(system.home, 'spool'), marks),
    acks: false,
  },
  ...(address ? [byPost(peer(address))] : []),
]
const bare = await startBare()
const floor = {
  name: 'a bare object',
  url: bare.url,
  headers: {},
  body: (mark: string) => JSON.stringify(eventOf(mark)),
}

const all: Record<string, Times[]> = {}
for (let round = 0; round < rounds; round++)
  for (const viewers of [1, 50])
    for (const rate of rates)
      for (const way of viewers === 1 ? [...ways, byPost(floor)] : ways) {
        const name = `${rate}/s, ${viewers} viewers: ${way.name}`
        all[name] = [...(all[name] ?? []), await measure(way, viewers, rate, `r${round}v${viewers}s${rate}n`)]
      }

async function measure(way: Way, viewers: number, rate: number, mark: string): Promise<Times> {
  const { view } = way
  const others = await crowd(view ? await Promise.all(Array.from({ length: viewers - 1 }, view)) : [])
  const count = rate * seconds(rate)
  const seen: number[] = []
  const acked: number[] = []
  let missing = view ? count : 0
  let unanswered = way.acks ? count : 0
  const pattern = new RegExp(`"Bash (?:echo )?${mark}(\\d+)[ "]`, 'g')
  const hear = (frame: string) => {
    for (const [, n] of frame.matchAll(pattern)) {
      seen[Number(n)] ??= performance.now()
      missing--
    }
  }
  const own = view && (await look(await view(), hear))
  const reports = way.prepare(Array.from({ length: count }, (_, n) => `${mark}${n}`))
  const due = await onSchedule(rate, seconds(rate), (n) =>
    reports[n]!(() => {
      acked[n] = performance.now()
      unanswered--
    }),
  )
  while (missing > 0 || unanswered > 0) await new Promise((resolve) => setTimeout(resolve, 2))
  own?.destroy()
  others.leave()
  await archived(client)
  const after = (times: number[]) => due.map((at, n) => times[n]! - at)
  return { ...(view && { viewer: after(seen) }), ...(way.acks && { ack: after(acked) }) }
}

function post(
  agent: Agent,
  { url, headers }: Pick<Target, 'url' | 'headers'>,
  body: string,
  acknowledged: () => void,
): void {
  const asked = request(url, { method: 'POST', agent, headers: { ...headers, 'Content-Type': 'application/json' } })
  asked.on('response', (answer) => {
    if (answer.statusCode !== 200) throw new Error(`Answered with ${answer.statusCode}`)
    answer.resume().on('end', acknowledged)
  })
  asked.end(body)
}

const told = (rounds: number[][]) => {
  const each = rounds.map(percentiles)
  const of = (rank: 'p50' | 'p95' | 'p99') => median(each.map((one) => one[rank])).toFixed(2)
  return `${of('p50')} / ${of('p95')} / ${of('p99')}`
}
const rows = Object.entries(all).map(([name, times]) => {
  const seen = times.flatMap(({ viewer }) => (viewer ? [viewer] : []))
  const acks = times.flatMap(({ ack }) => (ack ? [ack] : []))
  return [
    name,
    {
      'viewer: p50 / p95 / p99 ms': seen.length ? told(seen) : '–',
      'ack: p50 / p95 / p99 ms': acks.length ? told(acks) : '–',
    },
  ]
})
console.table(Object.fromEntries(rows))
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const figures = Object.fromEntries(
  Object.entries(all).map(([name, times]) => [
    name,
    times.map(({ ack, viewer }) => ({
      ...(viewer && { viewer: percentiles(viewer) }),
      ...(ack && { ack: percentiles(ack) }),
    })),
  ]),
)
writeFileSync(
  join(import.meta.dirname, 'results/latency.json'),
  JSON.stringify({ at: new Date().toISOString(), rounds, figures }, null, 2),
)
await bare.stop()
await system.remove()

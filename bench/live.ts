/**
 * From a hook to the eye: hook files as the scripts write them, 100 a second on a schedule, until each is on the page in a
 * real browser. Beside it the floor: the same browser noticing an empty change of its own page.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '../client/ids.ts'
import { Live } from '../client/live.ts'
import { plainKeeper, Replica } from '../client/replica.ts'
import { openChromium, signIn } from '../tests/e2e/browser.ts'
import { System } from '../tests/e2e/system.ts'
import { median } from './load.ts'

const rate = 100
const seconds = 8
const rounds = 3

const system = await new System().start()
const shop = await system.project('bench')
const session = newId('sess')
// A demo agent that waits for a person, for as long as this takes: its session is live and its terminal quiet.
await shop.execute('session.spawn', { session, profile: 'demo', name: 'Bench' })
await until(async () => (await shop.query('session.show', { session })).status === 'running')

const browser = await openChromium()
const page = await browser.newPage({ viewport: { width: 1600, height: 960 } })
await signIn(page, system.ready.signIn)
await page.goto(`${system.ready.url}/p/${shop.options.project}/activity`)
await page.getByRole('region', { name: 'Activity' }).waitFor()

const rows: Record<string, Record<string, string>> = {}
const pixels: number[][] = []
const sockets: number[][] = []
for (let round = 0; round < rounds; round++) {
  pixels.push(await hooksToPixels(`r${round}n`))
  sockets.push(await hooksToSocket(`s${round}n`))
}
const floor = await emptyChange()
rows['hook → a viewer’s socket, 100 events/s'] = figures(sockets)
rows['hook → the browser’s pixels, 100 events/s'] = figures(pixels)
rows['an empty change of the page (floor)'] = figures([floor])
console.table(rows)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
writeFileSync(
  join(import.meta.dirname, 'results/live.json'),
  JSON.stringify({ at: new Date().toISOString(), rate, rows }, null, 2),
)
await browser.close()
await shop.execute('session.stop', { session })
await until(async () => (await shop.query('session.show', { session })).status === 'ended')
await system.remove()

/** How long (ms) each of so many hooks took to be seen, the clock started before its file was written. */
async function hooksToPixels(mark: string): Promise<number[]> {
  const count = rate * seconds
  const seen = page.evaluate(
    ({ mark, count }) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = []
        const look = () => {
          const text = document.querySelector('section[aria-label="Activity"]')?.textContent ?? ''
          const now = performance.timeOrigin + performance.now()
          for (const [, number] of text.matchAll(new RegExp(`${mark}(\\d+)!`, 'g'))) {
            // Whatever came before the newest one that is shown was shown too, if only between two looks.
            for (let i = Number(number); i >= 0 && times[i] === undefined; i--) times[i] = now
          }
          if (times.filter(Boolean).length >= count) resolve(times)
          else requestAnimationFrame(look)
        }
        look()
      }),
    { mark, count },
  )
  const written = await writeHooks(mark)
  return (await seen).map((at, i) => at - written[i]!)
}

/** The same to a viewer in this process, without a page. */
async function hooksToSocket(mark: string): Promise<number[]> {
  const seen: number[] = []
  const live = new Live(shop, new Replica(plainKeeper()), {
    entries: (fresh) => {
      const now = performance.timeOrigin + performance.now()
      for (const { data } of fresh) {
        const [, number] = 'summary' in data ? (new RegExp(`${mark}(\\d+)!`).exec(data.summary) ?? []) : []
        if (number) seen[Number(number)] = now
      }
    },
  })
  live.start()
  await until(async () => live.replica.seq > 0)
  const written = await writeHooks(mark)
  await until(async () => seen.filter(Boolean).length === written.length)
  live.stop()
  return written.map((at, i) => seen[i]! - at)
}

/** Writes them on their schedule; answers when each was begun (ms since 1970). */
async function writeHooks(mark: string): Promise<number[]> {
  const count = rate * seconds
  const written: number[] = []
  const began = performance.now()
  for (let i = 0; i < count; i++) {
    const due = began + (i * 1000) / rate
    while (performance.now() < due)
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    written.push(performance.timeOrigin + performance.now())
    writeHook(`echo ${mark}${i}!`)
  }
  return written
}

function writeHook(command: string): void {
  const name = `${session}.claude-code.${randomUUID()}.json`
  const payload = {
    session_id: 'bench',
    hook_event_name: 'PostToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    duration_ms: 5,
  }
  const spool = join(system.home, 'spool')
  writeFileSync(join(spool, 'tmp', name), JSON.stringify(payload))
  renameSync(join(spool, 'tmp', name), join(spool, 'new', name))
}

function emptyChange(): Promise<number[]> {
  return page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = []
        const place = document.body.appendChild(document.createElement('i'))
        const next = () => {
          const began = performance.now()
          place.textContent = String(times.length)
          requestAnimationFrame(() => {
            times.push(performance.now() - began)
            if (times.length < 200) setTimeout(next, 10)
            else resolve(times)
          })
        }
        next()
      }),
  )
}

function figures(rounds: number[][]): Record<string, string> {
  const at = (q: number) =>
    `${median(rounds.map((times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * q)]!)).toFixed(1)} ms`
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(0.9999), events: String(rounds.flat().length) }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/**
 * From asking for a session to the first byte of its terminal on a page in a real browser, and to a viewer without one.
 * The floor: the agent's own program started by hand, to its first byte.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '../client/ids.ts'
import { terminalKinds } from '../protocol/terminal.ts'
import { openChromium, signIn } from '../tests/e2e/browser.ts'
import { root, System } from '../tests/e2e/system.ts'
import { joinTerminal } from '../tests/edge/scene.ts'
import { median } from './load.ts'

const rounds = 7
const system = await new System().start()
const shop = await system.project('bench')
const browser = await openChromium()
const page = await browser.newPage({ viewport: { width: 1600, height: 960 } })
await signIn(page, system.ready.signIn)

const times: Record<string, number[]> = {
  'the program alone (floor)': [],
  'spawn → a viewer’s socket': [],
  'spawn → the browser': [],
}
for (let round = 0; round < rounds; round++) {
  times['the program alone (floor)']!.push(await alone())
  times['spawn → a viewer’s socket']!.push(await toViewer())
  times['spawn → the browser']!.push(await toBrowser())
}
const rows = Object.entries(times).map(([name, all]) => [
  name,
  { median: `${Math.round(median(all))} ms`, worst: `${Math.round(Math.max(...all))} ms` },
])
console.table(Object.fromEntries(rows))
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
writeFileSync(
  join(import.meta.dirname, 'results/spawn.json'),
  JSON.stringify({ at: new Date().toISOString(), times }, null, 2),
)
await browser.close()
await system.remove()

function alone(): Promise<number> {
  const began = performance.now()
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [join(root, 'dist/node/demo-agent.js')], { env: { PATH, HOME } })
  return new Promise((resolve) => {
    child.stdout.once('data', () => {
      resolve(performance.now() - began)
      child.kill()
    })
  })
}

async function toViewer(): Promise<number> {
  const session = newId('sess')
  const began = performance.now()
  await shop.execute('session.spawn', { session, profile: 'demo' })
  const viewer = joinTerminal(shop, session)
  await viewer.until(
    ({ kind, bytes }) => (kind === terminalKinds.output || kind === terminalKinds.snapshot) && bytes.length > 0,
  )
  const took = performance.now() - began
  viewer.socket.stop()
  await end(session)
  return took
}

async function toBrowser(): Promise<number> {
  const session = newId('sess')
  await page.goto(`${system.ready.url}/p/${shop.options.project}/sessions/${session}?tab=terminal`)
  await page.waitForLoadState('networkidle')
  const began = performance.now()
  const shown = page.locator('.xterm-rows', { hasText: /\S/ }).first().waitFor({ timeout: 30_000 })
  await shop.execute('session.spawn', { session, profile: 'demo' })
  await shown
  const took = performance.now() - began
  await end(session)
  return took
}

async function end(session: ReturnType<typeof newId<'sess'>>): Promise<void> {
  await shop.execute('session.stop', { session })
  while ((await shop.query('session.show', { session })).status !== 'ended')
    await new Promise((resolve) => setTimeout(resolve, 50))
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { readHook } from '../../hooks/read.ts'
import { usageReport } from '../../hooks/usage-report.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { lines } from '../claude-code/lines.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { openBrowser, openPage } from './parts/browser.ts'
import { type Stage, setStage } from './parts/stage.ts'

let edge: Edge
let browser: Browser
let stage: Stage

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await edge?.stop()
})

beforeEach(async () => {
  stage = await setStage(edge, 'shop')
  await stage.online()
})

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../claude-code/fixtures/${name}.json`, import.meta.url), 'utf8'))
/** As the daemon does: read, redacted, and on its way. */
const tell = (session: SessionId, payload: unknown) =>
  stage.machine.report([readHook('claude-code', payload, { id: newId('evt'), at: Date.now(), session })])

test('every payload that the real Claude Code sent is a line that people can read', async () => {
  const session = await stage.running([await stage.task('Everything at once')])
  for (const [name] of lines) await tell(session, fixture(name))
  for (const theme of ['dark', 'light'] as const) {
    const { page, complaints, close } = await openPage(browser, {
      key: edge.ownerKey,
      theme,
      width: 1200,
      height: 1500,
    })
    await page.goto(`${edge.url}/p/${stage.project}/sessions/${session}?tab=activity`)
    const feed = page.getByRole('region', { name: 'Activity' })
    await feed.getByText('Please do the thing').waitFor()
    const rows = await feed
      .getByRole('button')
      .evaluateAll((all) => all.map((row) => [...row.querySelectorAll('span')].map((cell) => cell.textContent ?? '')))
    // Time, what, target, and how long it took.
    expect(rows.map((cells) => cells.slice(1, 3)).slice(-lines.length)).toEqual(
      lines.map(([, what, target]) => [
        what,
        target.length > 200 ? expect.stringContaining(target.slice(0, 150)) : target,
      ]),
    )
    if (process.env.MAESTRO_SHOTS) await page.screenshot({ path: join(process.env.MAESTRO_SHOTS, `told-${theme}.png`) })
    expect(complaints).toEqual([])
    await close()
  }
})

test('what a session, a task and a project have used is said with its estimate, and changes as it is counted', async () => {
  const task = await stage.task('Retry failed payments')
  const session = await stage.running([task])
  await stage.tool(session, 'Edit', 'src/retry.ts', 12)
  await stage.tool(session, 'Bash', 'npm test', 4_200)
  const usage = (input: number, output: number) => ({
    ...{ input, output, cacheRead: 40 * input, cacheWrite5m: 2 * input, cacheWrite1h: 0, messages: 12 },
  })
  const count = (models: Record<string, ReturnType<typeof usage>>) =>
    tell(session, usageReport('c0ffee', { of: 'session', models }))
  await count({ 'claude-opus-4-8': usage(10_000, 9_000) })
  for (const theme of ['dark', 'light'] as const) {
    const { page, complaints, close } = await openPage(browser, { key: edge.ownerKey, theme })
    await page.goto(`${edge.url}/p/${stage.project}?session=${session}`)
    const tokens = page.getByRole('complementary').getByRole('region').or(page.getByRole('complementary'))
    await tokens.getByRole('cell', { name: 'claude-opus-4-8' }).first().waitFor()
    const head = page.getByRole('region', { name: 'Retry failed payments' })
    await head.getByText(/tokens · est\. \$/).waitFor()
    await count({ 'claude-opus-4-8': usage(20_000, 18_000), 'our-own-model': usage(1_000, 50) })
    await page.getByRole('cell', { name: 'our-own-model' }).first().waitFor()
    await page
      .getByText(/without 43,050 tokens of our-own-model, whose price is not known/)
      .first()
      .waitFor()
    await page.getByRole('cell', { name: 'not known' }).first().waitFor()
    if (process.env.MAESTRO_SHOTS)
      await page.screenshot({ path: join(process.env.MAESTRO_SHOTS, `usage-${theme}.png`) })
    await page.goto(`${edge.url}/p/${stage.project}/tasks/${task}`)
    await page
      .getByText(/tokens · est\. \$/)
      .first()
      .waitFor()
    if (process.env.MAESTRO_SHOTS) await page.screenshot({ path: join(process.env.MAESTRO_SHOTS, `task-${theme}.png`) })
    expect(complaints).toEqual([])
    await close()
    await count({ 'claude-opus-4-8': usage(10_000, 9_000) })
  }
})

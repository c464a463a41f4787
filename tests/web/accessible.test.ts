import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionId, TaskId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { expectAccessible, expectNoSidewaysScroll, openBrowser, openPage } from './parts/browser.ts'
import { holdTerminal, type Source, type Stage, setStage } from './parts/stage.ts'

let edge: Edge
let browser: Browser
let stage: Stage
let task: TaskId
let session: SessionId
let source: Source

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
  stage = await setStage(edge, 'shop')
  await stage.online()
  task = await stage.task('Checkout: retry failed payments', {
    steps: ['Backoff', 'Jitter'],
    description: 'At length.',
  })
  session = await stage.running([task])
  await stage.tool(session, 'Edit', 'src/retry.ts')
  await stage.hear(session, { kind: 'tool_failure', tool: 'Bash', summary: 'Bash npm test', ms: 900 })
  await stage.hear(session, {
    ...{ kind: 'permission', tool: 'Bash', summary: 'asks' },
    needs: { kind: 'permission', message: 'npm run migrate' },
  })
  const tokens = { input: 900, output: 90, cacheRead: 9_000, cacheWrite5m: 90, cacheWrite1h: 0, messages: 9 }
  const usage = { of: 'session' as const, models: { 'claude-opus-4-8': tokens, 'our-own-model': tokens } }
  await stage.hear(session, { kind: 'usage', summary: 'So far 9k tokens in', usage })
  await stage.running([await stage.task('Works')])
  await stage.end(await stage.running([await stage.task('Failed')]), 'failed', { reason: 'usage limit' })
  await stage.end(await stage.running([await stage.task('Completed')]), 'completed')
  await stage.owner.execute('task.block', { task: await stage.task('Stuck'), reason: 'No credentials' })
  await stage.task('Ready', { priority: 'urgent' })
  await stage.asked([await stage.task('Waits')], { profile: 'codex' })
  await stage.owner.execute('spawner.drain', { spawner: stage.spawner })
  source = holdTerminal(stage, session, 'hello')
})
afterAll(async () => {
  source?.stop()
  await browser?.close()
  await edge?.stop()
})

const pages: [string, () => string, string][] = [
  ['sign-in', () => '/sign-in', 'This browser is signed out'],
  ['projects', () => '/', 'Projects'],
  ['Mission', () => `/p/${stage.project}?session=${session}`, 'src/retry.ts'],
  ['a task in Mission', () => `/p/${stage.project}?task=${task}`, 'At length.'],
  ['the board', () => `/p/${stage.project}/board`, 'No credentials'],
  ['all activity', () => `/p/${stage.project}/activity`, 'everything in this project'],
  ['the machines', () => `/p/${stage.project}/machines`, 'Takes nothing new'],
  ['a session', () => `/p/${stage.project}/sessions/${session}?tab=activity`, 'src/retry.ts'],
  ['a terminal', () => `/p/${stage.project}/sessions/${session}?tab=terminal`, 'hello'],
  ['tools', () => `/p/${stage.project}/sessions/${session}?tab=tools`, 'failed'],
  ['a task', () => `/p/${stage.project}/tasks/${task}`, 'At length.'],
]

test.for(pages)(
  '%s breaks no rule of axe’s, in either theme, and nothing of the page’s own policy',
  async ([name, path, sign]) => {
    for (const theme of ['dark', 'light'] as const) {
      const key = name === 'sign-in' ? {} : { key: edge.ownerKey }
      const { page, complaints, close } = await openPage(browser, { ...key, theme })
      await page.goto(edge.url + path())
      await page.getByText(sign).first().waitFor()
      await expectAccessible(page)
      expect(complaints).toEqual([])
      await close()
    }
  },
)

test.for(pages)('%s fits into 320 px and works by touch', async ([name, path, sign]) => {
  const key = name === 'sign-in' ? {} : { key: edge.ownerKey }
  const { page, close } = await openPage(browser, { ...key, width: 320, height: 640, touch: true })
  await page.goto(edge.url + path())
  await page.getByText(sign).first().waitFor()
  await expectNoSidewaysScroll(page)
  await close()
})

test('the theme follows the system until one is chosen, and then stays', async () => {
  const { page, close } = await openPage(browser, { key: edge.ownerKey, theme: 'light' })
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await page.goto(`${edge.url}/p/${stage.project}`)
  expect(await ground()).toBe('rgb(251, 251, 250)')
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('menuitem', { name: 'Dark theme' }).click()
  await expect.poll(ground).toBe('rgb(14, 16, 19)')
  await page.reload({ waitUntil: 'commit' })
  await expect.poll(ground).toBe('rgb(14, 16, 19)')
  await close()
})

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Edge, startEdge } from '../edge/edge.ts'
import { openBrowser, openPage } from './parts/browser.ts'
import { type Stage, setStage } from './parts/stage.ts'

let edge: Edge
let browser: Browser
let stage: Stage

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
  stage = await setStage(edge, 'shop')
})
afterAll(() => Promise.all([browser?.close(), edge?.stop()]))

const newLink = async () => `${edge.url}/sign-in#t=${(await stage.owner.ask('link.create', {})).token}`

test('a link signs the browser in once, leaves no token behind, and goes to the only project', async () => {
  const { page, close } = await openPage(browser, {})
  await page.goto(await newLink())
  await page.waitForURL(`${edge.url}/p/${stage.project}`)
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
  expect(await page.evaluate(() => localStorage.getItem('maestro.key'))).toMatch(/^mst_person_/)
  await page.goBack()
  expect(page.url()).toBe('about:blank')
  await close()
})

test('a used link says so, and how to get another', async () => {
  const link = await newLink()
  const first = await openPage(browser, {})
  await first.page.goto(link)
  await first.page.waitForURL(/\/p\//)
  const second = await openPage(browser, {})
  await second.page.goto(link)
  await second.page.getByText('This link was used. Run `maestro open` for a new one.').waitFor()
  expect(new URL(second.page.url()).hash).toBe('')
  // Where the browser is signed in anyway, the link is as good as any other way in.
  await first.page.goto(link)
  await first.page.waitForURL(/\/p\//)
  await Promise.all([first.close(), second.close()])
})

test('whoever is signed out is sent to sign in, and comes back to where they wanted to go', async () => {
  const { page, close } = await openPage(browser, {})
  await page.goto(`${edge.url}/p/${stage.project}/board`)
  await page.waitForURL(/\/sign-in\?to=/)
  await page.getByText('maestro open').first().waitFor()
  const { key } = await stage.owner.ask('key.create', { kind: 'person', name: 'browser' })
  await page.evaluate((mine) => localStorage.setItem('maestro.key', mine), key)
  await page.reload()
  await page.waitForURL(`${edge.url}/p/${stage.project}/board`)
  await close()
})

test('a key that is revoked signs the browser out at once', async () => {
  const { key, id } = await stage.owner.ask('key.create', { kind: 'person', name: 'browser' })
  const { page, close } = await openPage(browser, { key })
  await page.goto(`${edge.url}/p/${stage.project}`)
  await page.getByText('Live', { exact: true }).first().waitFor()
  await stage.owner.ask('key.revoke', { key: id })
  await page.getByText('This browser is signed out.').waitFor()
  await close()
})

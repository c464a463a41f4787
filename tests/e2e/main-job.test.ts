import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { openChromium, signIn } from './browser.ts'
import { System } from './system.ts'

let system: System
let browser: Browser
let page: Page
const faults: string[] = []

beforeAll(async () => {
  system = await new System().start()
  browser = await openChromium()
  const context = await browser.newContext({ viewport: { width: 1600, height: 960 } })
  page = await context.newPage()
  page.setDefaultTimeout(60_000)
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => {
    // A server that is away on purpose is no fault of the page.
    if (message.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(message.text()))
      faults.push(message.text())
  })
})
afterAll(async () => {
  await browser?.close()
  await system?.remove()
})

const see = (text: string | RegExp) => page.getByText(text).first().waitFor()
const region = (name: string | RegExp) => page.getByRole('region', { name })
const screen = () => page.locator('.xterm-rows').first()

describe('the main job', () => {
  test('a link signs the browser in, once', async () => {
    await signIn(page, system.ready.signIn)
    expect(page.url()).not.toContain('mst_')
    const second = await (await browser.newContext()).newPage()
    await second.goto(system.ready.signIn)
    await second.getByText(/link was used/i).waitFor()
    await second.close()
  })

  test('one click shows an agent at work: its terminal, what it does, that it needs somebody, that it is done', async () => {
    await page.getByRole('button', { name: 'Run the demo' }).click()
    await screen().getByText('Maestro demo agent').waitFor()
    await region('Activity')
      .getByRole('button', { name: /Read notes\.md/ })
      .waitFor()
    await region('Activity')
      .getByRole('button', { name: /Exit code 1/ })
      .waitFor()
    await region('It needs you').getByText('node check.mjs > report.txt').waitFor()
    await region(/^Needs you/)
      .getByText('Blocked')
      .waitFor()
    expect(await page.title()).toContain('(1)')

    await page.getByRole('button', { name: 'Take control' }).click()
    await page.getByRole('textbox', { name: 'Terminal input' }).focus()
    await page.keyboard.type('y')
    await region('It needs you').waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Subtasks 3 of 3' }).waitFor()
    await region(/^Ended 1/).waitFor()
    await page.getByRole('link', { name: 'Board' }).click()
    await region(/^Done 1/)
      .getByText('Make daysBetween count whole days')
      .waitFor()
  })

  test('a project, a task with two subtasks and a session on it, by hand in the browser', async () => {
    await page.goto(system.ready.url)
    await page.getByPlaceholder(/project/i).fill('shop')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL(/\/p\/proj_/)
    await page.getByRole('button', { name: 'New task' }).first().click()
    await page.getByRole('dialog').getByRole('textbox').first().fill('Greet the world')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Board' }).click()
    await page.getByRole('link', { name: 'Greet the world' }).click()
    for (const step of ['Say hello', 'Say goodbye']) {
      await page.getByRole('textbox', { name: 'New subtask' }).fill(step)
      await page.keyboard.press('Enter')
      await see(step)
    }
    await page
      .getByRole('button', { name: /^Start/ })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Agent').selectOption('demo')
    await dialog.getByLabel('Workspace').selectOption('app')
    await dialog.getByRole('button', { name: /^Start/ }).click()
    await region('Greet the world').getByText('Working').waitFor()
    await screen().getByText('Maestro demo agent').waitFor()
    await page.getByRole('heading', { name: 'Subtasks 2 of 2' }).waitFor()
    await region('Greet the world').getByText('Ended').waitFor()
    expect(await system.gitStatus()).toBe('')
  })

  test('the history is there after a restart, and the page finds its way back by itself', async () => {
    const url = page.url()
    await system.down()
    await page
      .getByRole('status', { name: 'Connection' })
      .getByText(/connecting|offline/i)
      .waitFor()
    await system.up(Number(new URL(system.ready.url).port))
    await page.getByRole('status', { name: 'Connection' }).getByText('Live').waitFor()
    expect(page.url()).toBe(url)
    await page.reload()
    await see('Say goodbye')
    await page.getByRole('link', { name: 'Activity' }).click()
    await see('Greet the world')
  })

  test('ten at once all start, all report, none is lost, none starts twice', async () => {
    const project = newId('proj')
    await system.client().ask('project.new', { project, name: 'ten' })
    const ten = system.client(project)
    const sessions: SessionId[] = []
    for (let i = 0; i < 10; i++) {
      const [task, session] = [newId('task'), newId('sess')]
      await ten.execute('task.create', {
        task,
        title: `Task ${i}`,
        subtasks: [{ subtask: newId('sub'), title: 'One step' }],
      })
      await ten.execute('session.spawn', { session, tasks: [task], profile: 'demo' })
      sessions.push(session)
    }
    await page.goto(`${system.ready.url}/p/${project}`)
    await expect
      .poll(async () => Object.keys((await ten.query('project.show', {})).live).length, {
        timeout: 110_000,
        interval: 500,
      })
      .toBe(0)
    const { tasks, sessions: ended } = await ten.query('project.show', {})
    expect(Object.values(ended).map(({ outcome }) => outcome)).toEqual(sessions.map(() => 'completed'))
    expect(Object.values(tasks).map(({ status, attempts }) => [status, attempts.length])).toEqual(
      sessions.map(() => ['done', 0]),
    )
    const { entries } = await ten.askProject('entry.list', { since: 0, limit: 1_000 })
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1))
    for (const session of sessions) {
      const mine = entries.filter(({ data }) => 'session' in data && data.session === session)
      expect(
        mine.filter(({ type, data }) => type === 'session:updated' && 'action' in data && data.action === 'claimed'),
      ).toHaveLength(1)
      expect(mine.filter(({ type }) => type === 'hook:session_start')).toHaveLength(1)
      expect(mine.filter(({ type }) => type === 'hook:session_end')).toHaveLength(1)
    }
    await region(/^Ended 10/).waitFor()
  })

  test('and the page complained of nothing', () => expect(faults).toEqual([]))
})

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Edge, startEdge } from '../edge/edge.ts'
import { openBrowser, openPage } from './parts/browser.ts'
import { type Stage, setStage } from './parts/stage.ts'

let edge: Edge
let browser: Browser
let stage: Stage
let page: Page

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
  ;({ page } = await openPage(browser, { key: edge.ownerKey }))
})
afterAll(() => Promise.all([browser?.close(), edge?.stop()]))
beforeEach(async ({ task }) => {
  stage = await setStage(edge, task.name.slice(0, 60))
  await stage.online()
})

const column = (name: string) => page.getByRole('region', { name: new RegExp(`^${name}`) })
const open = (path: string) => page.goto(`${edge.url}/p/${stage.project}${path}`)

test('a task is moved by keyboard, each move being the right command', async () => {
  const task = await stage.task('Mend the gate')
  await open('/board')
  const move = async (to: string) => {
    await page.getByRole('button', { name: 'Move Mend the gate to…' }).focus()
    await page.keyboard.press('Enter')
    const lit = page.locator('[role=menuitem][data-highlighted]')
    await page.getByRole('menuitem', { name: to, exact: true }).waitFor()
    const lines = await page.getByRole('menu').getByRole('menuitem').allTextContents()
    for (const line of lines.slice(0, lines.indexOf(to) + 1)) {
      await page.keyboard.press('ArrowDown')
      await expect.poll(() => lit.textContent()).toBe(line)
    }
    await page.keyboard.press('Enter')
  }
  await column('To do').getByText('Ready').waitFor()
  await move('Blocked…')
  await page.getByRole('textbox', { name: 'What is in the way' }).fill('No hinges')
  await page.keyboard.press('Enter')
  await column('Blocked')
    .getByText(/No hinges/)
    .waitFor()
  await move('Unblocked')
  await column('To do').getByText('Mend the gate').waitFor()
  await move('Done')
  await column('Done').getByText('Mend the gate').waitFor()
  expect(await stage.owner.query('task.show', { task })).toMatchObject({ status: 'done' })
  await move('To do')
  await column('To do').getByText('Mend the gate').waitFor()
  await move('Cancelled')
  await page.getByRole('button', { name: '1 cancelled' }).click()
  await page.getByText('Mend the gate').waitFor()
})

test('a card says who works on the task, what that one asks, and what a task waits for', async () => {
  const first = await stage.task('Mend the gate', { steps: ['Find hinges', 'Hang it'] })
  await stage.task('Paint the gate', { needs: [first] })
  const session = await stage.running([first])
  await open('/board')
  await column('To do').getByText('waits for Mend the gate').waitFor()
  await column('In progress').getByText('0 of 2').waitFor()
  await stage.hear(session, { kind: 'tool_start', tool: 'Bash', toolUse: 'use_1', summary: 'Bash npm test' })
  await column('In progress').getByText('npm test').waitFor()
  await stage.hear(session, {
    ...{ kind: 'permission', tool: 'Bash', summary: 'asks' },
    needs: { kind: 'permission', message: 'May it run rm?' },
  })
  await column('In progress')
    .getByText(/asks: May it run rm\?/)
    .waitFor()
})

test('subtasks are added, ticked, renamed and removed, and the timeline tells of it', async () => {
  const task = await stage.task('Mend the gate', { steps: ['Find hinges'] })
  await open(`/tasks/${task}`)
  await page.getByRole('textbox', { name: 'New subtask' }).fill('Hang it')
  await page.keyboard.press('Enter')
  await page.getByRole('checkbox', { name: 'Hang it' }).waitFor()
  await page.getByRole('checkbox', { name: 'Find hinges' }).check()
  await page.getByRole('region', { name: 'Timeline' }).getByText('Find hinges').waitFor()
  await page.getByRole('button', { name: 'Rename Hang it' }).click()
  await page.getByRole('textbox', { name: 'Title of the subtask' }).fill('Hang the gate')
  await page.keyboard.press('Enter')
  await page.getByRole('checkbox', { name: 'Hang the gate' }).waitFor()
  await page.getByRole('button', { name: 'Remove Find hinges' }).click()
  await expect.poll(() => page.getByRole('checkbox').count()).toBe(1)
  expect((await stage.owner.query('task.show', { task })).subtasks).toMatchObject([
    { title: 'Hang the gate', status: 'todo' },
  ])
})

test('what the server refuses is said in its own words', async () => {
  const task = await stage.task('Mend the gate')
  await open('/board')
  await page.getByRole('button', { name: 'Start' }).click()
  await stage.running([task])
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
  await page
    .getByRole('alert')
    .getByText(/is in progress|is taken by/)
    .waitFor()
})

test('a project is made in place, and its page is where one goes', async () => {
  await page.goto(edge.url)
  await page.getByRole('textbox', { name: 'Name of a new project' }).fill('A new one')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/p\/proj_/)
  await page.getByRole('button', { name: /^A new one/ }).waitFor()
})

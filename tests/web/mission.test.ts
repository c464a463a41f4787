import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { openBrowser, openPage } from './parts/browser.ts'
import { type Stage, setStage } from './parts/stage.ts'

let edge: Edge
let browser: Browser
let stage: Stage
let page: Page
let complaints: string[]

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
  ;({ page, complaints } = await openPage(browser, { key: edge.ownerKey }))
})
afterAll(async () => {
  await browser?.close() // first: a page would complain that its server is gone
  await edge?.stop()
  expect(complaints).toEqual([])
})

beforeEach(async ({ task }) => {
  stage = await setStage(edge, task.name.slice(0, 60))
  await stage.online()
})

const open = (path = '') => page.goto(`${edge.url}/p/${stage.project}${path}`)
const group = (name: string) => page.getByRole('region', { name: new RegExp(`^${name}`) })
const feed = () => page.getByRole('region', { name: 'Activity' })

/** How far (px) above its end the feed is. */
const scrolledBy = (page: Page) =>
  page.evaluate(() => {
    const all = document.querySelectorAll('[aria-label=Activity] *')
    const list = [...all].find((one) => getComputedStyle(one).overflowY === 'auto')!
    return list.scrollHeight - list.clientHeight - list.scrollTop
  })

test('sessions stand in the order in which they want attention, and move as they change', async () => {
  const [needs, works, rests, ends] = await Promise.all(
    ['needs', 'works', 'rests', 'ends'].map((name) => stage.task(name)),
  )
  await stage.task('is ready')
  const sessions = await Promise.all([needs, works, rests, ends].map((task) => stage.running([task!])))
  await stage.hear(sessions[0]!, {
    ...{ kind: 'permission', tool: 'Bash', summary: 'asks' },
    needs: { kind: 'permission', message: 'May it run rm -rf build?' },
  })
  await stage.hear(sessions[2]!, { kind: 'stop', summary: 'finished its turn' })
  await stage.end(sessions[3]!, 'completed')
  await open()
  const headings = page.locator('main h3[id^=group-]')
  await headings.first().waitFor()
  expect(await headings.allInnerTexts()).toEqual(
    ['Needs you\n1', 'Working\n1', 'Ready to start\n1', 'Idle\n1', 'Ended\n1'].map((text) =>
      expect.stringMatching(text.replace('\n', '\\s*')),
    ),
  )

  await stage.hear(sessions[1]!, {
    ...{ kind: 'notification', summary: 'asks' },
    needs: { kind: 'question', message: 'Which colour?' },
  })
  await group('Needs you').getByText('Which colour?').waitFor()
  await expect.poll(() => page.title()).toMatch(/^\(2\) Mission/)
  expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-needs-you.svg')
})

test('the list stands still under a pointer that moves over it, and goes on under one that lies there', async () => {
  const tasks = await Promise.all(['first', 'second'].map((name) => stage.task(name)))
  const sessions = await Promise.all(tasks.map((task) => stage.running([task!])))
  const asks = (session: SessionId, message: string) =>
    stage.hear(session, { kind: 'notification', summary: 'asks', needs: { kind: 'question', message } })
  await open()
  const { x, y } = (await group('Working').boundingBox())!
  await open('/board')
  await page.mouse.move(x + 20, y + 20)
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await group('Working').waitFor()
  await asks(sessions[0]!, 'Red?')
  await group('Needs you').getByText('Red?').waitFor()
  await page.mouse.move(x + 25, y + 25)
  await asks(sessions[1]!, 'Blue?')
  await group('Working').getByText('Blue?').waitFor()
  await page.mouse.move(x + 900, y)
  await group('Needs you').getByText('Blue?').waitFor()
})

test('a tool that an agent uses is on the screen at once, a failure stands out, and its payload opens as it was kept', async () => {
  const session = await stage.running([await stage.task('Fix the date')])
  await open(`?session=${session}`)
  await feed().getByText('running').waitFor()
  await stage.tool(session, 'Edit', 'src/date.ts', 6)
  await feed().getByText('src/date.ts').waitFor()
  await stage.hear(session, {
    ...{ kind: 'tool_failure', tool: 'Bash', summary: 'Bash npm test', ms: 8_400 },
    payload: { error: '2 of 41 failed' },
  })
  const line = feed().getByRole('button', { name: /npm test/ })
  await line.click()
  await feed()
    .getByText(/"error": "2 of 41 failed"/)
    .waitFor()
  expect(await line.textContent()).toContain('8.4 s')
})

test('a tool call is one line from its start to its outcome', async () => {
  const session = await stage.running([await stage.task('Fix the date')])
  await open(`?session=${session}`)
  await stage.hear(session, { kind: 'tool_start', tool: 'Bash', toolUse: 'use_1', summary: 'Bash npm run build' })
  const lines = feed().getByRole('button', { name: /npm run build/ })
  await lines.waitFor()
  await stage.hear(session, {
    kind: 'tool_use',
    tool: 'Bash',
    toolUse: 'use_1',
    summary: 'Bash npm run build',
    ms: 1_200,
  })
  await feed().getByText('1.2 s').waitFor()
  expect(await lines.count()).toBe(1)
})

test('the feed follows its end until the reader scrolls up, and then says how much is new', async () => {
  const session = await stage.running([await stage.task('Read everything')])
  for (let i = 0; i < 4; i++) {
    await stage.hear(
      session,
      ...Array.from({ length: 80 }, (_, n) => ({
        kind: 'tool_use' as const,
        tool: 'Read',
        summary: `Read src/${i * 80 + n}.ts`,
      })),
    )
  }
  await open(`?session=${session}`)
  await feed().getByText('src/319.ts').waitFor()
  await stage.tool(session, 'Read', 'src/followed.ts')
  await feed().getByText('src/followed.ts').waitFor()
  expect(await feed().getByRole('button').count()).toBeLessThan(100)

  await feed().getByText('src/followed.ts').hover()
  await page.mouse.wheel(0, -600)
  await expect.poll(() => scrolledBy(page)).toBeGreaterThan(200)
  await stage.tool(session, 'Read', 'src/unseen.ts')
  await stage.tool(session, 'Read', 'src/unseen-2.ts')
  await feed().getByRole('button', { name: '2 new' }).click()
  await feed().getByText('src/unseen-2.ts').waitFor()

  // Upwards, history comes as it is reached.
  const upwards = async () => {
    await page.mouse.wheel(0, -5_000)
    return feed().getByText('src/0.ts', { exact: true }).count()
  }
  await expect.poll(upwards, { timeout: 8_000 }).toBe(1)
})

test('a task is one field and Ctrl+Enter, and a session on it two clicks', async () => {
  await open()
  await page.getByText('Nothing runs here yet').waitFor()
  await page.keyboard.press('n')
  await page.getByRole('textbox', { name: 'What is to be done' }).fill('Mend the gate')
  await page.keyboard.press('Control+Enter')
  await group('Ready to start').getByRole('link', { name: 'Mend the gate' }).waitFor()
  await group('Ready to start').getByRole('button', { name: 'Start' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
  await page.waitForURL(/session=sess_/)
  await group('Starting').getByText('a machine is about to take it').waitFor()
})

test('a session that cannot start says why, and one whose machine is away since when', async () => {
  const lonely = await stage.asked([await stage.task('Needs another agent')], { profile: 'codex' })
  await stage.running([await stage.task('Runs already')])
  await open(`?session=${lonely}`)
  await group('Starting').getByText('studio has no profile codex').waitFor()
  await stage.offline()
  await group('Working')
    .getByText(/studio is out of reach since/)
    .waitFor()
  await group('Starting').getByText('studio has been offline for').waitFor()
})

test('the keyboard goes through the list, opens a session and leaves it', async () => {
  const first = await stage.running([await stage.task('one')])
  const second = await stage.running([await stage.task('two')])
  await open(`?session=${first}`)
  await page.getByRole('heading', { name: 'one' }).waitFor()
  await page.keyboard.press('j')
  await page.waitForURL(new RegExp(second))
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await page.waitForURL(new RegExp(`/sessions/${first}`))
  await page.keyboard.press('Escape')
  await page.waitForURL(new RegExp(`session=${first}`))
  await page.keyboard.press('g')
  await page.keyboard.press('b')
  await page.waitForURL(/\/board$/)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('n')
  await page.getByRole('button', { name: /description/ }).click()
  await page.keyboard.type('typed into the description, not n and not ?')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('a lost server is said, and everything is up to date when it is back', async () => {
  const session = await stage.running([await stage.task('Goes on')])
  await open(`?session=${session}`)
  await page.getByText('Live', { exact: true }).waitFor()
  await edge.restart()
  await stage.tool(session, 'Edit', 'src/after.ts')
  await feed().getByText('src/after.ts').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  complaints.length = 0 // the browser's own words about connections that failed meanwhile
})

test('one click on the empty page runs the demo', async () => {
  await open()
  await page.getByRole('button', { name: 'Run the demo' }).click()
  await page.waitForURL(/session=sess_/)
  const { items } = await stage.owner.query('session.list', {})
  expect(items).toMatchObject([{ profile: 'demo', workspace: 'scratch' }])
  expect((await stage.owner.query('task.list', {})).items[0]!.subtasks).toHaveLength(3)
})

test('what an agent may have written can hide nothing', async () => {
  await stage.task('Pay \u202eecila\u202c now')
  await open()
  await group('Ready to start').getByText('Pay ⟨U+202E⟩ecila⟨U+202C⟩ now').waitFor()
})

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Screen } from '../../local-spawner/screen.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { expectAccessible, openBrowser, openPage } from './parts/browser.ts'
import { holdTerminal, type Source, type Stage, setStage } from './parts/stage.ts'

let edge: Edge
let browser: Browser
let stage: Stage
let session: SessionId
let source: Source

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
  stage = await setStage(edge, 'shop')
  await stage.online()
  session = await stage.running([await stage.task('Mend the gate')])
  source = holdTerminal(stage, session, 'hello from before\r\n')
})
afterAll(async () => {
  source?.stop()
  await browser?.close()
  await edge?.stop()
})

const watch = async (key = edge.ownerKey) => {
  const view = await openPage(browser, { key })
  await view.page.goto(`${edge.url}/p/${stage.project}/sessions/${session}?tab=terminal`)
  const rows = view.page.locator('.xterm-rows')
  await rows.getByText('hello from before').waitFor()
  return { ...view, rows }
}

test('a viewer sees the present screen, what is printed from then on, and how large it is', async () => {
  const { page, rows, complaints, close } = await watch()
  source.print('and then this\r\n')
  await rows.getByText('and then this').waitFor()
  await page.getByText('studio · 100×30').waitFor()
  expect(await rows.locator('> div').count()).toBe(30)
  expect(complaints).toEqual([])
  await close()
})

test('watching is not typing; whoever takes control types, and can give it back', async () => {
  const { page, close } = await watch()
  await page.locator('.xterm-screen').click()
  await page.keyboard.type('unheard')
  await page.getByText('read only').waitFor()
  await page.getByRole('button', { name: 'Take control' }).click()
  await page.getByText('you type').waitFor()
  await page.keyboard.type('ls -l\r')
  await expect.poll(source.typed).toBe('ls -l\r')

  const other = await watch()
  await other.page.getByText('your other window types').waitFor() // with the same key
  await other.page.getByText('2 watching').waitFor()
  await page.getByRole('button', { name: 'Release' }).click()
  await other.page.getByText('read only').waitFor()
  await Promise.all([close(), other.close()])
})

test('the page answers none of a program’s questions, and lets it have no clipboard and no title', async () => {
  const { page, rows, close } = await watch()
  await page.getByRole('button', { name: 'Take control' }).click()
  await page.getByText('you type').waitFor()
  const before = source.typed()
  const questions = [
    '[c',
    '[>c',
    '[=c',
    '[5n',
    '[6n',
    '[?6n',
    '[?25$p',
    '[>q',
    '[18t',
    '[x',
    'P$qm\x1b\\',
    ']10;?\x07',
    ']11;?\x07',
    ']4;1;?\x07',
    ']52;c;?\x07',
  ]
  source.print(`${questions.map((question) => `\x1b${question}`).join('')}asked\r\n`)
  await rows.getByText('asked').waitFor()
  await page.keyboard.type('x')
  await expect.poll(source.typed).toBe(`${before}x`)
  await close()
})

test('where the machine does not let people type, or the key may not, control is not to be had, with the reason', async () => {
  await stage.online({ typing: false })
  const owner = await watch()
  const control = owner.page.getByRole('button', { name: 'Take control' })
  expect(await control.isDisabled()).toBe(true)
  expect(await control.getAttribute('title')).toBe('studio does not let people type from elsewhere')
  await stage.online({ typing: true })
  await expect.poll(() => control.isEnabled()).toBe(true)
  await owner.close()

  const { key } = await stage.owner.ask('key.create', { name: 'looks on', scopes: ['read', 'terminal:read'] })
  const guest = await watch(key)
  await guest.page.getByText('Your key may look, not type').waitFor()
  expect(await guest.page.getByRole('button', { name: 'Take control' }).count()).toBe(0)
  await guest.close()
})

test('while the project is frozen nobody types, which says so', async () => {
  const { page, close } = await watch()
  await stage.owner.execute('project.freeze', {})
  await page.getByRole('status').getByText('nobody types until it is thawed').waitFor()
  expect(await page.getByRole('button', { name: 'Take control' }).isDisabled()).toBe(true)
  await stage.owner.execute('project.thaw', {})
  await page.getByText('read only').waitFor()
  await close()
})

test('taking over from somebody asks first, names who types, and tells who lost it', async () => {
  const { key } = await stage.owner.ask('key.create', { name: 'Ana' })
  const [owner, ana] = [await watch(), await watch(key)]
  await ana.page.getByRole('button', { name: 'Take control' }).click()
  await owner.page.getByText('Ana types').waitFor()
  const take = owner.page.getByRole('button', { name: 'Take control' })
  await take.click()
  const asked = owner.page.getByRole('dialog', { name: 'Ana types: take over?' })
  await asked.waitFor()
  await expectAccessible(owner.page)
  await owner.page.keyboard.press('Escape')
  await asked.waitFor({ state: 'detached' })
  expect(await ana.page.getByText('you type').count()).toBe(1)
  await take.click()
  await asked.getByRole('button', { name: 'Take over' }).click()
  await owner.page.getByText('you type').waitFor()
  await ana.page.getByText('owner took over').waitFor()
  const before = source.typed()
  await owner.page.keyboard.type('mine')
  await expect.poll(source.typed).toBe(`${before}mine`)
  await Promise.all([owner.close(), ana.close()])
})

/** As the browser pastes: where the focus is. */
const paste = (page: Page, pasted: string) =>
  page.evaluate((text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', text)
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    document.activeElement!.dispatchEvent(event)
  }, pasted)

test('a paste of one line goes at once; of several it asks, and nothing of it is lost', async () => {
  const { page, complaints, close } = await watch()
  await page.locator('.xterm-screen').click()
  await paste(page, 'nobody typed')
  await page.getByRole('button', { name: 'Take control' }).click()
  await page.getByText('you type').waitFor()
  const before = source.typed()
  const typed = () => source.typed().slice(before.length)
  await paste(page, 'git status')
  await expect.poll(typed).toBe('git status')

  await paste(page, 'one\ntwo\r\n\x1b[201~three\n')
  const asked = page.getByRole('dialog', { name: 'Paste 3 lines?' })
  await asked.getByText('two').waitFor()
  await asked.getByText('The program takes the end of each line for Enter.').waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await asked.waitFor({ state: 'detached' })
  await page.keyboard.type('!')
  await expect.poll(typed).toBe('git status!')

  await paste(page, 'one\ntwo\r\n\x1b[201~three\n')
  await asked.waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(typed).toBe('git status!one\rtwo\r␛[201~three\r')

  source.print('\x1b[?2004hready\r\n')
  await page.locator('.xterm-rows').getByText('ready').waitFor()
  const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} of a long text`).join('\n')
  await paste(page, lines)
  const long = page.getByRole('dialog', { name: 'Paste 30000 lines?' })
  await long.getByText('The program is told that this is pasted, and not typed.').waitFor()
  await long.getByRole('button', { name: 'Paste', exact: true }).click()
  const marked = `\x1b[200~${lines.replaceAll('\n', '\r')}\x1b[201~`
  await expect.poll(() => typed().slice('git status!one\rtwo\r␛[201~three\r'.length) === marked).toBe(true)
  await page.keyboard.type('.')
  await expect.poll(() => typed().endsWith('\x1b[201~.')).toBe(true)
  expect(complaints).toEqual([])
  source.print('\x1b[?2004l')
  await close()
})

test('what is encrypted is said to be so, not printed', async () => {
  const { page, rows, close } = await watch()
  source.printSealed('\x1b[2Jnot for this page')
  await page.getByText('encrypted from its machine on, and this page cannot read it').waitFor()
  expect(await rows.getByText('not for this page').count()).toBe(0)
  await close()
})

test('a screen that comes anew replaces all: what was still to be drawn, what was hidden, a sequence that was cut', async () => {
  const { page, rows, complaints, close } = await watch()
  const screen = new Screen({ cols: 100, rows: 30 }, () => {})
  screen.write(Buffer.from('at the top\r\nbelow it'), () => {})
  const { data } = await screen.snapshot(0)
  for (let piece = 0; piece < 15; piece++) source.print('old\r\n'.repeat(10_000))
  source.print(`\x1b[?25l\x1b[20h\x1b[5;9r\x1b[?7l\x1b[31m\x1b]0;cut`)
  source.again(data)
  await rows.getByText('at the top').waitFor()
  source.print('\nstraight down')
  await rows.getByText('straight down').waitFor()
  const lines = await rows.locator('> div').allTextContents()
  expect(lines.map((line) => line.trimEnd()).slice(0, 4)).toEqual([
    'at the top',
    'below it',
    '        straight down',
    '',
  ])
  expect(await rows.locator('.xterm-cursor').count()).toBe(1)
  expect(complaints).toEqual([])
  source.again('hello from before\r\n')
  await page.getByText('hello from before').waitFor()
  await close()
})

test('an odd sequence does not stop the terminal', async () => {
  const { rows, close } = await watch()
  source.print('\x1b[?1049h\x1b[30;100H\x1b[1J\x1b[?1049lgoes on\r\n')
  await rows.getByText('goes on').waitFor()
  await close()
})

test('the last screen stays, dimmed, while the connection is away, and when the program has ended', async () => {
  const { page, rows, close } = await watch()
  await page.context().setOffline(true)
  await edge.restart()
  await page.getByText(/This is the last screen; what you type now goes nowhere/).waitFor()
  await rows.getByText('hello from before').waitFor()
  await page.context().setOffline(false)
  await expect.poll(() => page.getByText(/This is the last screen; what/).count(), { timeout: 15_000 }).toBe(0)
  source.print('still here\r\n')
  await rows.getByText('still here').waitFor()

  source.exit(3)
  await stage.end(session, 'failed', { exitCode: 3 })
  await page.getByText('The program ended with code 3. This is its last screen.').waitFor()
  await rows.getByText('still here').waitFor()
  await close()
})

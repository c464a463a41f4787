import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect, vi } from 'vitest'

const candidates = [
  process.env.MAESTRO_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Debian's Chromium where there is one, else what Playwright has installed. */
export function openBrowser(): Promise<Browser> {
  const executablePath = candidates.find((path) => path && existsSync(path))
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ args, ...(executablePath && { executablePath }) })
}

type Look = { key?: string; width?: number; height?: number; theme?: 'dark' | 'light'; touch?: boolean }

/** A page as a person has it, signed in with `key`. Whatever it complains of, policy violations included, is in `complaints`. */
export async function openPage(
  browser: Browser,
  { key, width = 1600, height = 960, theme = 'dark', touch = false }: Look,
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    hasTouch: touch,
    reducedMotion: 'reduce',
  })
  if (key) await context.addInitScript((mine) => localStorage.setItem('maestro.key', mine), key)
  const page = await context.newPage()
  page.setDefaultTimeout(8_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  return { page, complaints, close: () => context.close() }
}

/** Nothing on the page breaks a rule of axe's, once it rests: a button on its way from one state to the other is in neither. */
export async function expectAccessible(page: Page): Promise<void> {
  const rest = async () => expect(await violationsOn(page)).toEqual([])
  await vi.waitFor(rest, { timeout: 12_000, interval: 250 })
}

async function violationsOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`,
  )
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  expect(content).toBeLessThanOrEqual(window!)
}

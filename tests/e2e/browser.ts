import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The Chromium of this machine, without a window. */
export function openChromium(): Promise<Browser> {
  const executablePath = process.env.CHROME_PATH ?? places.find((path) => existsSync(path))
  if (!executablePath) throw new Error('No Chromium here: run npm test, which installs one, or set CHROME_PATH')
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
}

/** Follows a sign-in link to wherever it leads. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

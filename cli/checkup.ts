import { type Home, homeAt } from '../embedded/home.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import type { Settings } from './settings.ts'

/** What a check found: well, not well, or (null) nothing to judge. `fix` is the command that mends it. */
export type Finding = { ok: boolean | null; message: string; fix: string | null }
export type Check = { check: string; look: () => Finding | Promise<Finding> }
export type Item = { check: string } & Finding

/** What every check may look at. Without `settings` they cannot be read, and a check of their own says why. */
export type Subject = { context: Context; home: Home; settings: Settings | undefined }

export const well = (message: string): Finding => ({ ok: true, message, fix: null })
export const ill = (message: string, fix: string): Finding => ({ ok: false, message, fix })
/** Nothing to judge; `fix` is how there would be something. */
export const moot = (message: string, fix: string | null = null): Finding => ({ ok: null, message, fix })

/** However slow a disk, a network or a program is, nobody waits longer for one check (ms). */
export const PATIENCE_MS = 5_000

/** All checks side by side, each within its time. A check that breaks is a finding, not the end of the others. */
export async function checkUp(checks: readonly Check[], patience = PATIENCE_MS): Promise<Item[]> {
  return Promise.all(
    checks.map(async ({ check, look }) => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<Finding>((resolve) => {
        const message = `This check did not end within ${patience / 1000} s`
        timer = setTimeout(() => resolve(ill(message, 'maestro doctor')), patience)
      })
      const finding = await Promise.race([attempt(look), late])
      clearTimeout(timer)
      return { check, ...finding }
    }),
  )
}

async function attempt(look: Check['look']): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    return brokenBy(error)
  }
}

/** What was thrown, as a finding. Our own refusals know what to do. */
export function brokenBy(error: unknown, fix = 'MAESTRO_DEBUG=1 maestro status'): Finding {
  if (error instanceof MaestroError) return ill(error.message, error.help.suggestion ?? fix)
  return ill(error instanceof Error ? error.message : String(error), fix)
}

/** Settings that cannot be read are a finding of their own; the home does not depend on them. */
export function subjectOf(context: Context): { subject: Subject; trouble: Check[] } {
  const { flags, io } = context
  const home = homeAt(flags.home ?? (io.env.MAESTRO_HOME || undefined))
  try {
    const { settings } = context
    void settings.url
    return { subject: { context, home, settings }, trouble: [] }
  } catch (error) {
    const settings: Check = { check: 'settings', look: () => brokenBy(error, 'maestro config list --origin') }
    return { subject: { context, home, settings: undefined }, trouble: [settings] }
  }
}

/** What is wrong with the settings may be what is wrong with one of their files. */
export function once(items: Item[]): Item[] {
  return items.filter(
    ({ message }, at) =>
      items.findIndex((item) => item.message === message && item.ok === false) >= at || items[at]!.ok !== false,
  )
}

import type { Command } from 'commander'
import * as z from 'zod'
import { homeAt } from '../embedded/home.ts'
import { brokenBy, type Check, type Subject } from './checkup.ts'
import { type Context, found } from './context.ts'
import { count, type Look, wide, wrapped } from './look.ts'
import { written } from './noun.ts'
import type { Settings } from './settings.ts'

const Item = z.object({
  check: z.string(),
  ok: z.boolean().nullable().describe('Null: there is nothing to judge'),
  message: z.string(),
  fix: z.string().nullable().describe('The command that mends it'),
})
const Checkup = z.object({ ok: z.boolean().describe('Nothing needs mending'), items: z.array(Item) })
type Item = z.infer<typeof Item>

/** `maestro doctor`: what is well, what is not, and the command that mends it. Looks, and changes nothing. */
export function doctor(context: Context): Command {
  return written(
    context,
    'doctor',
    'Check this machine, its settings and the server, and say how to mend what is not well',
    { examples: ['maestro doctor', 'maestro doctor --json'], output: Checkup, who: 'anyone', verdict: true },
    async () => {
      const [{ checkUp }, ...groups] = await Promise.all([
        import('./checkup.ts'),
        import('./checkup-machine.ts').then(({ machineChecks }) => machineChecks),
        import('./checkup-home.ts').then(({ homeChecks }) => homeChecks),
        import('./checkup-server.ts').then(({ serverChecks }) => serverChecks),
      ])
      const { subject, trouble } = subjectOf(context)
      const items = once(await checkUp([...groups.flatMap((checks) => checks(subject)), ...trouble]))
      const ok = items.every((item) => item.ok !== false)
      return { ...found({ ok, items }, ({ items }, look) => draw(items, look)), exit: ok ? 0 : 1 }
    },
  )
}

/** Settings that cannot be read are a finding of their own; the home does not depend on them. */
function subjectOf(context: Context): { subject: Subject; trouble: Check[] } {
  const { flags, io } = context
  const home = homeAt(flags.home ?? (io.env.MAESTRO_HOME || undefined))
  try {
    const settings = readable(context.settings)
    return { subject: { context, home, settings }, trouble: [] }
  } catch (error) {
    const settings: Check = { check: 'settings', look: () => brokenBy(error, 'maestro config list --origin') }
    return { subject: { context, home, settings: undefined }, trouble: [settings] }
  }
}

/** What is wrong with the settings may be what is wrong with one of their files. */
function once(items: Item[]): Item[] {
  return items.filter(
    ({ message }, at) =>
      items.findIndex((item) => item.message === message && item.ok === false) >= at || items[at]!.ok !== false,
  )
}

function readable(settings: Settings): Settings {
  void settings.url
  return settings
}

function draw(items: Item[], look: Look): string {
  const { paint, width } = look
  const names = Math.max(...items.map(({ check }) => wide(check)))
  const column = names + 4
  const lines = items.flatMap(({ check, ok, message, fix }) => {
    const sign = ok === null ? paint.dim('–') : ok ? paint.green('✓') : paint.red('✗')
    const [first = '', ...rest] = wrapped(message, width === undefined ? undefined : width - column)
    const shade = (line: string) => (ok === null ? paint.dim(line) : line)
    const text = [
      `${sign} ${check.padEnd(names)}  ${shade(first)}`,
      ...rest.map((line) => ' '.repeat(column) + shade(line)),
    ]
    return fix === null ? text : [...text, `${' '.repeat(column)}${ok === null ? paint.dim(`→ ${fix}`) : `→ ${fix}`}`]
  })
  const bad = items.filter(({ ok }) => ok === false).length
  return [...lines, '', bad ? paint.red(`${count(bad, 'thing')} to mend`) : paint.green('All is well')].join('\n')
}

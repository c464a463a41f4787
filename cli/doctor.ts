import type { Command } from 'commander'
import * as z from 'zod'
import { type Context, found } from './context.ts'
import { count, type Look, wide, wrapped } from './look.ts'
import { written } from './noun.ts'

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
      const [{ checkUp, once, subjectOf }, ...groups] = await Promise.all([
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

import type { Command } from 'commander'
import * as z from 'zod'
import { type Context, found } from './context.ts'
import { written } from './noun.ts'
import { nextFrom, Overview, overviewOf } from './overview.ts'
import { overviewPage } from './overview-text.ts'
import { troublesOf } from './troubles.ts'

/** `maestro status`: who needs somebody first, then what works, what could start, and on which machines. */
export function status(context: Context): Command {
  const summary = 'Who needs you, what runs, what could start, and on which machines'
  const output = Overview.extend({ troubles: z.array(z.string()).describe('What is wrong with this machine') })
  const examples = ['maestro status', 'maestro status --json']
  return written(context, 'status', summary, { examples, output, who: 'read' }, async () => {
    const data = overviewOf(await context.snapshot())
    const troubles = context.session ? [] : await troublesOf(context.settings.home) // an agent could not mend them
    const isPanic = troubles.some((trouble) => trouble.includes('maestro panic'))
    const next = isPanic ? ['maestro panic --over'] : troubles.length ? ['maestro spawner status'] : []
    return found({ ...data, troubles }, overviewPage, [...next, ...nextFrom(data)])
  })
}

import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { ProjectId } from '../protocol/ids.ts'
import { type Context, found } from './context.ts'
import { isHere } from './key-choice.ts'
import { ago } from './look.ts'
import { written } from './noun.ts'
import { commandLine } from './quote.ts'

const Invited = z.object({
  key: z.string().describe('Good once; `maestro spawner join` asks for it, and it never stands on a command line'),
  id: z.string().describe('Of the key: `maestro key revoke` ends it unused'),
  url: z.string(),
  project: ProjectId,
  name: z.string().nullable(),
  expiresAt: z.number().int(),
  command: z.string().describe('What to run on the other machine'),
})

/** `maestro spawner invite`: a one-use key for a further machine, and what to do with it there. */
export function spawnerInvite(context: Context): Command {
  const options: [string, string][] = [['--name <name>', 'What the machine is to be called (default: its host name)']]
  const examples = ['maestro spawner invite', 'maestro spawner invite --project shop --name build-1']
  const about = { options, examples, output: Invited, who: 'key:manage' as const }
  return written(context, 'invite', 'Let a further machine join the project, once', about, async (_, options) => {
    const name = nameIn(options.name)
    const client = await context.project()
    const project = client.options.project! // `context.project` has settled it
    const { key, id, expiresAt } = await client.askProject('spawner.invite', { name })
    const { url } = context.settings
    if (isHere(url) && !context.flags.json)
      context.say(`! ${url} is this machine: others reach it by a tunnel, or where \`maestro up\` is told to listen`)
    const command = commandLine(['spawner', 'join', url])
    return found({ key, id, url, project, name, expiresAt, command }, (invited, { paint, now }) =>
      [
        'Run this on the other machine:',
        `  ${invited.command}`,
        `It asks for this key, which is good once and ends ${ago(invited.expiresAt, now)}:`,
        `  ${paint.bold(invited.key)}`,
      ].join('\n'),
    )
  })
}

function nameIn(given: unknown): string | null {
  if (given === undefined) return null
  const name = String(given).trim()
  if (name && name.length <= 100) return name
  refuse('invalid_input', '--name has 1 to 100 characters', { field: 'name' })
}

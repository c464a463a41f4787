import type { Command } from 'commander'
import * as z from 'zod'
import { directoryAnswers } from '../protocol/answers.ts'
import { directory, type KeyFacts } from '../protocol/directory.ts'
import { type Context, found } from './context.ts'
import { ago, type Column, table } from './look.ts'
import { noun, written } from './noun.ts'
import { findProject } from './project-choice.ts'
import { verb } from './verb.ts'

export function key(context: Context): Command {
  return noun('key', 'Who may do what', [create(context), list(context), revoke(context)])
}

function create(context: Context): Command {
  return verb(
    context,
    directory['key.create'],
    'key.create',
    (input, id) => context.server.ask('key.create', input, id),
    {
      args: ['name'],
      output: directoryAnswers['key.create'],
      flags: { scopes: 'scope' },
      omit: ['project'],
      // `--project` is every command's; a key is good for one project only when it is said.
      fill: async (context) =>
        context.flags.project ? { project: await findProject(context, context.flags.project) } : {},
      examples: ['maestro key create "build server" --kind hook --days 30', 'maestro key create phone --scope read'],
      result: (made, _, context) => {
        const end = made.expiresAt === null ? '' : ` It ends ${ago(made.expiresAt, context.io.now())}.`
        if (!context.flags.json) context.say(`Shown this once.${end}`)
        return found(made, ({ key }) => key)
      },
    },
  )
}

function list(context: Context): Command {
  const about = { examples: ['maestro key list'], output: directoryAnswers['key.list'], who: 'key:manage' as const }
  return written(context, 'list', 'Keys, without their secrets', about, async () => {
    const { now } = context.look()
    const columns: Column<KeyFacts>[] = [
      { title: 'id', cell: ({ id }) => id },
      { title: 'kind', cell: ({ kind }) => kind },
      { title: 'name', cell: ({ name }) => name, flexible: true },
      { title: 'project', cell: ({ project }) => project ?? '', flexible: true, spare: true },
      { title: 'used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : ago(lastUsedAt, now)), right: true },
      { title: 'ends', cell: (each) => ends(each, now), right: true },
    ]
    const { items } = await context.server.ask('key.list', {})
    return found({ items }, ({ items }, look) => (items.length ? table(items, columns, look) : ''))
  })
}

function ends({ revokedAt, expiresAt }: KeyFacts, now: number): string {
  if (revokedAt !== null) return `revoked ${ago(revokedAt, now)}`
  return expiresAt === null ? '' : ago(expiresAt, now)
}

function revoke(context: Context): Command {
  return verb(
    context,
    directory['key.revoke'],
    'key.revoke',
    (input, id) => context.server.ask('key.revoke', input, id),
    {
      args: ['key'],
      output: directoryAnswers['key.revoke'].extend({ key: z.string() }),
      examples: ['maestro key revoke key_2f1c9a80b7d3e645'],
      result: ({ closed }, { key }) =>
        found(
          { key, closed },
          ({ key, closed }, { paint }) =>
            `${paint.green('✓')} ${key} has ended${closed ? `, and ${closed} of its connections with it` : ''}`,
        ),
    },
  )
}

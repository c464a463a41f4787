import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { readKeys } from '../embedded/keys.ts'
import { refuse } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { pathIn } from './folder.ts'
import { facts, type Look } from './look.ts'
import { written } from './noun.ts'
import { optionOf, repeated } from './option.ts'
import { quote } from './quote.ts'

const Begun = z.object({
  policy: z.string().describe('The file that says what this machine may start'),
  kept: z.string().nullable().describe('Where the policy of before is kept, if there was one'),
  agents: z.array(
    z.object({
      profile: z.string(),
      program: z.string(),
      path: z.string().nullable().describe('null: it is not on the PATH'),
      version: z.string().nullable().describe('As it says itself'),
    }),
  ),
  workspaces: z.array(z.object({ name: z.string(), path: z.string(), repository: z.boolean() })),
  typing: z.boolean().describe('Whether people may type into terminals from elsewhere'),
})

/** `maestro spawner init`: the policy of this machine, made from what is found on it. */
export function spawnerInit(context: Context): Command {
  return written(
    context,
    'init',
    'Write what this machine may start: the agents that are found, the folders you name',
    {
      options: [
        repeated(
          optionOf('--workspace <path>', 'A folder agents may work in, best a git repository (may be repeated)'),
        ),
        ['--replace', 'Write a new file where there is one; the one of before is kept'],
      ],
      examples: ['maestro spawner init', 'maestro spawner init --workspace ~/code/app --replace'],
      output: Begun,
      who: 'owner',
    },
    async (_, { workspace = [], replace }) => {
      const home = await homeOf(context, replace === true)
      const workspaces = await foldersOf(context, workspace as string[]) // texts, by its option
      const [{ findAgents }, { beginPolicy }] = await Promise.all([
        import('../local-spawner/found-agents.ts'),
        import('../local-spawner/policy-file.ts'),
      ])
      const agents = await findAgents()
      const find = (program: string) => {
        const { path, version } = agents.find((one) => one.program === program) ?? {}
        return path ? { path, version: version ?? undefined } : undefined
      }
      const typing = isOwnServer(context)
      const kept = (await beginPolicy(home, { typing, find, workspaces })) ?? null
      return found({ policy: home.policy, kept, agents, workspaces, typing }, inFacts, [
        `$EDITOR ${home.policy}`,
        typing ? 'maestro up' : 'maestro spawner start',
      ])
    },
  )
}

async function homeOf(context: Context, mayReplace: boolean) {
  const { ensureFolders, homeAt } = await import('../local-spawner/home.ts')
  const home = homeAt(context.settings.home.root)
  if (existsSync(home.policy) && !mayReplace) {
    refuse('conflict', `${home.policy} is there already. With --replace a new one is written, and this one kept`, {
      suggestion: 'maestro spawner init --replace',
    })
  }
  ensureFolders(home)
  return home
}

/** Each folder, by the name it has. */
function foldersOf({ io }: Context, given: string[]) {
  return Promise.all(
    given.map(async (one) => {
      const { repositoryAt } = await import('../local-spawner/repository.ts')
      const path = pathIn(io, one)
      if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
        refuse('invalid_input', `${path} is no folder`, { field: 'workspace', suggestion: `mkdir -p ${quote(path)}` })
      const name = basename(path).replace(/[^\w.-]/g, '-')
      return { name, path, repository: (await repositoryAt(path)) !== undefined }
    }),
  )
}

/** Who has the server itself may type here from a browser; the owner of another server may not, until this file says so. */
function isOwnServer({ settings }: Context): boolean {
  return Boolean(readKeys(settings.home)?.secret)
}

function inFacts({ policy, kept, agents, workspaces, typing }: z.infer<typeof Begun>, look: Look): string {
  const { paint } = look
  const rows: [string, string][] = [
    ...agents.map(({ profile, program, path, version }): [string, string] =>
      path ? ['agent', `${profile}: ${path} ${paint.dim(version ?? '(says no version)')}`] : ['not found', program],
    ),
    ...workspaces.map(({ name, path, repository }): [string, string] => [
      'workspace',
      `${name}: ${path}${repository ? '' : paint.dim('  (no git repository: sessions share it)')}`,
    ]),
    ['typing', typing ? 'allowed from the browser' : 'only here, until the file says otherwise'],
    ...(kept ? [['kept', kept] as [string, string]] : []),
  ]
  return `${paint.green('✓')} ${policy} says what this machine may start\n${facts(rows, look)}`
}

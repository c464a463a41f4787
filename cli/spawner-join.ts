import type { Command } from 'commander'
import * as z from 'zod'
import { ProjectId, SpawnerId } from '../protocol/ids.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'

const Granted = z.object({
  profiles: z.array(z.object({ name: z.string(), program: z.string() })),
  workspaces: z.array(z.object({ name: z.string(), path: z.string() })),
  capacity: z.number().int(),
  typing: z.boolean().describe('Whether people may type into its terminals from elsewhere'),
  policy: z.string().describe('The file that says so, and that alone can change it'),
})
const Joined = z.object({
  url: z.string(),
  project: ProjectId,
  projectName: z.string(),
  invitedBy: z.string(),
  spawner: SpawnerId,
  name: z.string(),
  expiresAt: z.number().int().describe('When its key ends'),
  allows: Granted,
})
export type Joined = z.infer<typeof Joined>

/** `maestro spawner join URL`: this machine lets a project start agents on it, as far as its own policy goes. */
export function spawnerJoin(context: Context): Command {
  return written(
    context,
    'join',
    'Let a project elsewhere start agents on this machine, within its policy',
    {
      args: [['<server>', 'Where the project is, as `maestro spawner invite` says it']],
      options: [
        ['--key-stdin', 'Read the one-use key from standard input; without it, type it'],
        ['--yes <project>', 'Confirm with the name of the project, for scripts'],
        ['--replace', 'Give up what this home is joined to'],
      ],
      examples: [
        'maestro spawner join https://maestro.example.com',
        'maestro spawner join https://maestro.example.com --key-stdin --yes shop < key.txt',
      ],
      output: Joined,
      who: 'owner',
    },
    async ([given], options) => {
      const { joinMachine } = await import('./machine-join.ts')
      return joinMachine(context, given!, options)
    },
  )
}

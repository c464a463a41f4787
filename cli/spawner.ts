import { basename } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { Spawner } from '../protocol/model.ts'
import { atWork } from '../protocol/session-rules.ts'
import { type Context, found } from './context.ts'
import { pathIn } from './folder.ts'
import { ago, facts } from './look.ts'
import { noun, written } from './noun.ts'
import { spawnerDrain, spawnerRename, spawnerRevoke, spawnerShow, spawnerUndrain } from './spawner-change.ts'
import { spawnerHere } from './spawner-here.ts'
import { spawnerInit } from './spawner-init.ts'
import { spawnerInstall } from './spawner-install.ts'
import { spawnerInvite } from './spawner-invite.ts'
import { spawnerJoin } from './spawner-join.ts'
import { spawnerLogs } from './spawner-logs.ts'
import { spawnerStart } from './spawner-start.ts'
import { spawnerStop } from './spawner-stop.ts'
import { spawnerTable } from './spawner-text.ts'
import { spawnerStatus } from './status-words.ts'
import { troublesOf } from './troubles.ts'
import { look } from './verb.ts'

export function spawner(context: Context): Command {
  return noun('spawner', 'Machines that start agents', [
    list(context),
    spawnerShow(context),
    spawnerInvite(context),
    spawnerJoin(context),
    spawnerRename(context),
    spawnerDrain(context),
    spawnerUndrain(context),
    spawnerRevoke(context),
    spawnerInit(context),
    status(context),
    spawnerStart(context),
    spawnerStop(context),
    spawnerLogs(context),
    workspace(context),
    spawnerInstall(context),
  ])
}

function list(context: Context): Command {
  return look(context, 'spawner.list', {
    examples: ['maestro spawner list', 'maestro spawner list --json'],
    result: ({ items }) =>
      found({ items }, ({ items }, look) => spawnerTable(items, look), items.length ? [] : ['maestro up']),
  })
}

function status(context: Context): Command {
  const summary = 'Whether this machine can start agents, and which'
  const output = Spawner.extend({
    sessions: z.number().int().describe('How many it runs now'),
    policy: z.string().describe('The file that says what it may start'),
    troubles: z.array(z.string()),
  })
  const examples = ['maestro spawner status']
  return written(context, 'status', summary, { examples, output, who: 'owner' }, async () => {
    const id = spawnerHere(context.settings.home)
    const troubles = await troublesOf(context.settings.home)
    const project = await context.snapshot()
    const machine =
      project.spawners[id] ??
      refuse('spawner_not_found', `This machine (${id}) has not connected to ${project.name}`, {
        suggestion: 'maestro up',
      })
    return found(
      { ...machine, sessions: atWork(project, id), policy: context.settings.home.policy, troubles },
      (machine, look) =>
        facts(
          [
            [
              'machine',
              `${look.paint.bold(machine.name)}  ${spawnerStatus(machine, look)} ${ago(machine.since, look.now)}`,
            ],
            ['id', machine.id],
            ['at work', `${machine.sessions} of ${machine.capacity}`],
            ['labels', machine.labels.join(', ')],
            ['profiles', machine.profiles.map(({ name }) => name).join(', ')],
            ['workspaces', machine.workspaces.join(', ')],
            ['typing', machine.typing ? 'allowed from elsewhere' : 'only here'],
            ['policy', machine.policy],
            ...machine.troubles.map((trouble) => ['trouble', look.paint.red(trouble)] as const),
          ],
          look,
        ),
      machine.status === 'online' ? [] : ['maestro up'],
    )
  })
}

function workspace(context: Context): Command {
  return noun('workspace', 'Folders of this machine that agents may work in', [addWorkspace(context)])
}

function addWorkspace(context: Context): Command {
  return written(
    context,
    'add',
    'Let agents of this machine work in a folder',
    {
      args: [['<path>', 'The folder']],
      options: [['--name <name>', 'What it is called (default: the name of the folder)']],
      examples: ['maestro spawner workspace add ~/code/app', 'maestro spawner workspace add . --name app'],
      output: z.object({ name: z.string(), path: z.string(), policy: z.string() }),
      who: 'owner',
    },
    async ([given], options) => {
      const path = pathIn(context.io, given!)
      const name = (options.name as string | undefined) ?? basename(path).replace(/[^\w.-]/g, '-') // a text, by its option
      const [{ addWorkspace, ensurePolicy }, { homeAt }] = await Promise.all([
        import('../local-spawner/policy-file.ts'),
        import('../local-spawner/home.ts'),
      ])
      const home = homeAt(context.settings.home.root)
      await ensurePolicy(home)
      addWorkspace(home, name, path)
      return found(
        { name, path, policy: home.policy },
        ({ name, path, policy }, { paint }) => `${paint.green('✓')} ${name} is ${path} (${policy})`,
        [`maestro session spawn --workspace ${name}`],
      )
    },
  )
}

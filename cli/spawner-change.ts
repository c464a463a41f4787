import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { SessionId, type SpawnerId } from '../protocol/ids.ts'
import { type Project, SessionStatus, Spawner } from '../protocol/model.ts'
import { confirm } from './confirm.ts'
import { type Context, found } from './context.ts'
import { wholeId } from './id-prefix.ts'
import { written } from './noun.ts'
import { optionOf } from './option.ts'
import { changed, said } from './outcome.ts'
import { quote } from './quote.ts'
import { spawnerPage, withSessions } from './spawner-text.ts'
import { change } from './verb.ts'

/** `maestro spawner show NAME`: what a machine may start, and what it runs. */
export function spawnerShow(context: Context): Command {
  const args: [string, string][] = [['<machine>', 'Its name or id']]
  const output = Spawner.extend({
    sessions: z.array(z.object({ id: SessionId, name: z.string(), status: SessionStatus })),
  })
  const examples = ['maestro spawner show build-1']
  return written(context, 'show', 'One machine', { args, output, examples, who: 'read' }, async ([given]) => {
    const { project, id } = await machineIn(context, given!)
    return found(withSessions(project, project.spawners[id]!), spawnerPage)
  })
}

export function spawnerRename(context: Context): Command {
  return change(context, 'spawner.rename', {
    args: ['spawner', 'name'],
    examples: ['maestro spawner rename build-1 "big one"'],
    result: (done, { spawner, name }) =>
      changed(done, { spawner }, (look, isNew) => said(`${spawner} is called ${name}`, look, isNew, 'it was before')),
  })
}

export function spawnerDrain(context: Context): Command {
  return change(context, 'spawner.drain', {
    args: ['spawner'],
    examples: ['maestro spawner drain build-1'],
    result: (done, { spawner }) =>
      changed(
        done,
        { spawner },
        (look, isNew) => said(`${spawner} takes nothing new; what runs there goes on`, look, isNew, 'it did before'),
        [`maestro spawner show ${spawner}`, `maestro spawner undrain ${spawner}`],
      ),
  })
}

export function spawnerUndrain(context: Context): Command {
  return change(context, 'spawner.undrain', {
    args: ['spawner'],
    examples: ['maestro spawner undrain build-1'],
    result: (done, { spawner }) =>
      changed(done, { spawner }, (look, isNew) => said(`${spawner} takes new sessions`, look, isNew, 'it did before')),
  })
}

export function spawnerRevoke(context: Context): Command {
  return change(context, 'spawner.revoke', {
    args: ['spawner'],
    options: [optionOf('--yes', 'Without asking')],
    examples: ['maestro spawner revoke build-1', 'maestro spawner revoke build-1 --yes'],
    fill: async (context, { spawner, yes }) => {
      const { project, id } = await machineIn(context, String(spawner))
      const { name, revoked } = project.spawners[id]!
      const { sessions } = withSessions(project, project.spawners[id]!)
      const lost = sessions.length ? `, and ${sessions.length} of its sessions are given up as lost` : ''
      const what = `The key of ${name} (${id}) ends${lost}`
      if (!revoked)
        await confirm(context, yes, { what, word: name, without: `maestro spawner revoke ${quote(name)} --yes` })
      return { spawner: id }
    },
    result: (done, { spawner }) =>
      changed(done, { spawner }, (look, isNew) => said(`${spawner} is revoked`, look, isNew, 'it was before'), [
        'maestro spawner list',
      ]),
  })
}

async function machineIn(context: Context, given: string): Promise<{ project: Project; id: SpawnerId }> {
  const id = (await wholeId(context, 'spn', given)) as SpawnerId // of that kind
  const project = await context.snapshot()
  if (project.spawners[id]) return { project, id }
  refuse('spawner_not_found', `There is no spawner ${id}`, { field: 'spawner', suggestion: 'maestro spawner list' })
}

import type { Command } from 'commander'
import * as z from 'zod'
import { Whoami } from '../protocol/answers.ts'
import { refuse } from '../protocol/errors.ts'
import { TaskId } from '../protocol/ids.ts'
import { type Context, found } from './context.ts'
import { facts } from './look.ts'
import { written } from './noun.ts'
import { changed, said } from './outcome.ts'
import { change } from './verb.ts'

/** `maestro update "…"`: an agent says how far it is. */
export function update(context: Context): Command {
  return change(context, 'session.progress', {
    verb: 'update',
    summary: 'Say how far this session is (for agents)',
    args: ['text'],
    omit: ['session'],
    fill: (context) => ({ session: context.session ?? outside(context) }),
    examples: ['maestro update "The parser is fixed; tests are next"'],
    result: (done, { session }) => changed(done, { session }, (look, isNew) => said('noted', look, isNew)),
  })
}

function outside({ tasks }: Context): never {
  refuse('invalid_input', '`maestro update` is for agents: this does not run in a session (MAESTRO_SESSION_ID)', {
    suggestion: `maestro task note ${tasks[0] ?? '<task>'} "…"`,
  })
}

/** `maestro whoami`: what the key says, and where this runs. */
export function whoami(context: Context): Command {
  return written(
    context,
    'whoami',
    'Who you are to the server, and in which project and session this runs',
    {
      examples: ['maestro whoami', 'maestro whoami --json'],
      output: Whoami.extend({ url: z.string(), project: z.string().nullable(), tasks: z.array(TaskId) }),
      who: 'anyone',
    },
    async () => {
      const me = await context.server.ask('whoami', {})
      const { url } = context.settings
      const project = context.settings.find('project')
      const data = {
        ...me,
        url,
        project: me.project ?? project?.value ?? null,
        session: me.session ?? context.session ?? null,
        tasks: context.tasks,
      }
      return found(data, (data, look) =>
        facts(
          [
            ['you', `${data.name} (${data.kind})`],
            ['server', `${data.url} (${data.mode}, ${data.version})`],
            ['project', data.project ? `${data.project}${project ? ` (${project.origin})` : ''}` : 'every one'],
            ['session', data.session],
            ['tasks', data.tasks.join(', ')],
            ['may', data.scopes.join(', ')],
          ],
          look,
        ),
      )
    },
  )
}

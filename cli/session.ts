import type { Command } from 'commander'
import * as z from 'zod'
import { queryAnswers } from '../protocol/answers.ts'
import { SessionId } from '../protocol/ids.ts'
import { waitsFor } from '../protocol/session-rules.ts'
import { type Context, found } from './context.ts'
import { changeOf } from './contract.ts'
import type { Given } from './given.ts'
import { noun } from './noun.ts'
import { optionOf } from './option.ts'
import { changed, more, said } from './outcome.ts'
import { ownSession } from './own.ts'
import { sessionAttach } from './session-attach.ts'
import { sessionLogs } from './session-logs.ts'
import { sessionSend } from './session-send.ts'
import { sessionPage, sessionTable, tasksOf } from './session-text.ts'
import { change, look } from './verb.ts'
import { visible } from './visible.ts'
import { sessionWait } from './wait.ts'

export function session(context: Context): Command {
  return noun('session', 'Agents at work', [
    spawn(context),
    list(context),
    show(context),
    stop(context),
    resume(context),
    sessionAttach(context),
    sessionSend(context),
    sessionWait(context),
    sessionLogs(context),
  ])
}

function spawn(context: Context): Command {
  return change(context, 'session.spawn', {
    args: ['tasks'],
    flags: { tasks: 'task', skills: 'skill' },
    omit: ['session', 'spawner', 'label'],
    options: [
      optionOf('--on <machine>', 'The machine: its name or id, or label:NAME (default: the one with most room)'),
    ],
    fill: async (context, given, make) => ({
      session: make('sess'),
      ...placeOf(given.on),
      ...(await likeParent(context, given)),
    }),
    examples: [
      'maestro session spawn task_4hq1w8ze',
      'maestro session spawn task_4hq1w8ze --profile claude --workspace app --name "Date parser"',
      'maestro session spawn task_4hq1w8ze --workspace app --worktree',
      'maestro session spawn task_4hq1w8ze --on label:gpu',
      'maestro session spawn task_4hq1w8ze --skill our-style --skill release-notes',
      'maestro session spawn --role orchestrator --prompt "Split the open issues into tasks"',
    ],
    result: (done, { session, tasks }) => {
      const text = `${session} is asked for${tasks.length ? ` on ${tasksOf({ tasks })}` : ''}`
      return changed(done, { session }, (look, isNew) => said(text, look, isNew, 'it was before'), [
        `maestro session show ${session}`,
      ])
    },
  })
}

/** Where to start it, as the request takes it. */
function placeOf(on: unknown): object {
  if (typeof on !== 'string') return {}
  const [, label] = /^label:(.*)$/.exec(on) ?? []
  return label === undefined ? { spawner: on } : { label }
}

/** What an agent starts works where it does and as it does, unless it says otherwise. */
async function likeParent(context: Context, { profile, workspace }: Given): Promise<object> {
  const id = context.session
  if (!id || (profile && workspace)) return {}
  const own = await (await context.project()).query('session.show', { session: id })
  if (!own.managed) return {}
  return { profile: profile ?? own.profile, workspace: workspace ?? own.workspace }
}

function list(context: Context): Command {
  return look(context, 'session.list', {
    examples: ['maestro session list --status waiting', 'maestro session list --task task_4hq1w8ze --json'],
    result: ({ items, cursor }, { status, task }, context) =>
      found(
        { items, cursor },
        ({ items }, look) => (items.length ? sessionTable(items, look) : ''),
        items.length ? more(context, cursor) : nothing(status ?? task),
      ),
  })
}

function nothing(filter: string | undefined): string[] {
  return [filter ? 'maestro session list' : 'maestro task next']
}

function show(context: Context): Command {
  return look(context, 'session.show', {
    args: ['session'],
    own: (context) =>
      ownSession(context, undefined, {
        message: 'Which session? `maestro session show` needs its id',
        suggestion: 'maestro session list',
      }),
    examples: ['maestro session show sess_9vk3n2aq'],
    output: queryAnswers['session.show'].extend({
      waits: z.string().nullable().describe('Why it has not started yet, machine by machine; null: it does not wait'),
    }),
    result: async (session, _, context) => {
      // Only the whole project can say why a session does not start, or that its machine is away.
      const isOfUse = context.flags.json ? session.status === 'spawning' : session.status !== 'ended'
      const project = isOfUse ? await context.snapshot() : undefined
      const waits = (project && waitsFor(project, session, context.io.now())) ?? null
      const next = session.status === 'waiting' && !context.session ? ['maestro open'] : [] // it is answered in its terminal
      return found(
        { ...session, waits },
        (session, look) => sessionPage(session, look, project && visible(project)),
        next,
      )
    },
  })
}

function resume(context: Context): Command {
  return change(context, 'session.resume', {
    args: ['session'],
    omit: ['into'],
    fill: (_, __, make) => ({ into: make('sess') }),
    examples: [
      'maestro session resume sess_9vk3n2aq',
      'maestro session resume sess_9vk3n2aq --prompt "The tests fail now; look again"',
    ],
    result: (done, { session, into }) =>
      changed(
        done,
        { session: into, resumes: session },
        (look, isNew) => said(`${into} is asked for, to go on where ${session} was`, look, isNew, 'it was before'),
        [`maestro session show ${into}`],
      ),
    output: changeOf({ session: SessionId, resumes: SessionId }),
  })
}

function stop(context: Context): Command {
  return change(context, 'session.stop', {
    args: ['session'],
    examples: ['maestro session stop sess_9vk3n2aq'],
    result: (done, { session }) =>
      changed(done, { session }, (look, isNew) => said(`${session} is told to stop`, look, isNew, 'it was before'), [
        `maestro session show ${session}`,
      ]),
  })
}

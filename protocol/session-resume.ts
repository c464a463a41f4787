import * as z from 'zod'
import { nameOf } from './actor.ts'
import type { RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { checkThawed } from './freeze.ts'
import { isReady } from './graph.ts'
import { SessionId } from './ids.ts'
import type { Project, Session, Task } from './model.ts'
import type { SessionEvent } from './session.ts'
import { checkBudget, newSession } from './session-rules.ts'
import type { Context } from './task-access.ts'
import { type TaskEvent, updated } from './task-events.ts'

/** Agents whose own programs can go on with a conversation that they had before. */
const resumable = ['claude-code', 'codex', 'gemini', 'opencode']

export const resumeCommands = {
  'session.resume': {
    summary: 'Ask for a session that goes on with the conversation of one that has ended',
    method: 'POST',
    path: '/sessions/:session/resume',
    scope: 'session:spawn',
    input: z.object({
      session: SessionId.describe('The one that has ended'),
      into: SessionId.describe('The id of the new one'),
      prompt: z.string().max(20_000).default('').describe('What to say to it first'),
    }),
  },
} as const satisfies Table

type ResumeCommand = RequestsIn<typeof resumeCommands>

/** Whether an agent's own id for its conversation can stand on a command line and be nothing but that. */
export function isPlainId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{3,127}$/.test(id)
}

/** A new session like `before`, with those of its tasks that are free. */
export function resume(
  project: Project,
  before: Session,
  { into, prompt }: ResumeCommand,
  { by, now }: Context,
): (SessionEvent | TaskEvent)[] {
  const known = project.sessions[into]
  if (known?.resumes === before.id) return []
  if (known)
    refuse('id_taken', `${into} is another session`, { field: 'into', suggestion: `maestro session show ${into}` })
  checkThawed(project, by)
  const { agentSession } = checkResumable(project, before)
  if (by.session) checkBudget(project, by.session)
  const { profile, workspace, role, name, skills, spawner } = before
  const tasks = before.tasks.flatMap((id) => project.tasks[id] ?? []).filter((task) => isFree(project, task))
  const given = { session: into, profile, workspace, role, name, prompt, skills, spawner }
  const fresh = newSession(given, tasks, by.session ?? null, nameOf(by), now)
  const session: Session = { ...fresh, resumes: before.id, agentSession }
  return [
    { type: 'session:spawn_request', data: { session } },
    ...tasks.map((task) => updated(task, 'assigned', { assignee: into })),
  ]
}

function isFree(project: Project, task: Task): boolean {
  return task.status === 'todo' && task.assignee === null && isReady(project, task)
}

function checkResumable(project: Project, session: Session): { agentSession: string } {
  const { id, agent, agentSession, managed, spawner } = session
  const show = { suggestion: `maestro session show ${id}` }
  if (!managed) refuse('conflict', `${id} was not started by Maestro: go on with it where it ran`, show)
  if (session.status !== 'ended')
    refuse('wrong_status', `${id} has not ended: what it is to do can be said to it`, {
      suggestion: `maestro session send ${id} "…"`,
    })
  if (!spawner) refuse('conflict', `${id} never ran, so there is nothing to go on with`, again(session))
  const machine = project.spawners[spawner]
  if (!machine || machine.revoked)
    refuse(
      'conflict',
      `${id} ran on ${machine?.name ?? spawner}, which is gone, and its conversation with it`,
      again(session),
    )
  if (!resumable.includes(agent))
    refuse('conflict', `${id} is of the agent ${agent}, which cannot go on with a conversation`, again(session))
  if (!agentSession || !isPlainId(agentSession))
    refuse('conflict', `${id} never told its agent’s own id, by which its conversation would be found`, again(session))
  const live = Object.keys(project.live).map((one) => project.sessions[one as SessionId]) // the keys of `live` are session ids
  const heir = live.find((one) => one?.resumes === id || one?.agentSession === agentSession)
  if (heir)
    refuse('conflict', `${heir.id} goes on with the conversation of ${id} already`, {
      suggestion: `maestro session show ${heir.id}`,
    })
  return { agentSession }
}

/** One that begins anew, the same way. */
function again({ profile, workspace, tasks }: Session): { suggestion: string } {
  return { suggestion: ['maestro session spawn', ...tasks, '--profile', profile, '--workspace', workspace].join(' ') }
}

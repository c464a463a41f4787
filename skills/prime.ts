import { isReady } from '../protocol/graph.ts'
import type { Project, Role, Session, Task } from '../protocol/model.ts'
import { clip } from './clip.ts'
import { type Room, standing } from './standing.ts'

/** What is known of whoever asks. With a `project` it is told how things stand there too; without a `session` it is nobody's. */
export type Known = { role: Role; session?: Session; tasks: readonly Task[]; project?: Project }

/** What somebody should know at the start of a context, or at any time: a few lines, and the exact commands to use. */
export type Primer = { lines: string[]; commands: { when: string; run: string }[] }

/** 300 tokens of four bytes, less a line that somebody may add. */
const LIMIT = 1_140
/** Titles and reasons may be as long as their writers like; this may not. The first room in which all is short enough is taken. */
const rooms: Room[] = [
  { title: 120, short: 60, most: 4 },
  { title: 80, short: 40, most: 3 },
  { title: 60, short: 24, most: 2 },
  { title: 40, short: 16, most: 1 },
]

export function primer(known: Known): Primer {
  const all = rooms.map((room) => within(known, room))
  return all.find((one) => Buffer.byteLength(sayPrimer(one)) <= LIMIT) ?? all.at(-1)!
}

function within(known: Known, room: Room): Primer {
  const { role, session, project } = known
  const own = ownTasks(known)
  const name = project && `project ${clip(project.name, room.short)}`
  const who = session
    ? `You are session ${session.id} of Maestro (role: ${role})${name ? ` in ${name}` : ''}.`
    : `This is Maestro${name ? `, ${name}` : ''}. You run outside a session.`
  const lines = [
    who,
    ...aboutTasks(known, own, room),
    ...(project && role === 'orchestrator' ? standing(project, session, room) : []),
  ]
  const commands = role === 'worker' ? forWorker(known, own.now) : forOrchestrator(known)
  return { lines, commands: [...commands, ...endOf(known, own)] }
}

export function sayPrimer({ lines, commands }: Primer): string {
  return [...lines, ...commands.map(({ when, run }) => `${when}: ${run}`)].join('\n')
}

type Own = { now: Task | undefined; later: Task[]; blocked: Task | undefined; free: Task | undefined }

/** The tasks of a session by what it is to do about them: one now, others later; what is finished or somebody else's is neither. */
function ownTasks({ session, tasks }: Known): Own {
  const mine = tasks.filter(({ assignee }) => assignee === session?.id)
  const open = mine.filter(({ status }) => status === 'in_progress' || status === 'todo')
  const now = open.find(({ status }) => status === 'in_progress') ?? open[0]
  return {
    now,
    later: open.filter((task) => task !== now),
    blocked: mine.find(({ status }) => status === 'blocked'),
    free: tasks.find(({ status, assignee }) => status === 'todo' && assignee === null),
  }
}

function aboutTasks({ session, tasks }: Known, { now, later, blocked, free }: Own, room: Room): string[] {
  const { title, short, most } = room
  if (!session) return []
  if (!now && blocked) {
    return [
      `Your task ${blocked.id} is blocked: ${clip(blocked.blocked?.reason ?? '', title)}. Somebody will answer; stop until then.`,
    ]
  }
  if (!now && free) return [`Your task ${free.id} was given back: ${clip(free.title, title)}`]
  if (!now)
    return [
      tasks.length
        ? 'Nothing of your own is left to do: your tasks are finished, handed over or with others.'
        : 'You have no task of your own.',
    ]
  const rest = later.length - most
  return [
    `Your task ${now.id}: ${clip(now.title, title)}`,
    ...stepsOf(now, room),
    ...later.slice(0, most).map((task) => `Then task ${task.id}: ${clip(task.title, short)}`),
    ...(rest > 0 ? [`Then ${rest} more: maestro task list --mine`] : []),
  ]
}

function stepsOf({ subtasks }: Task, { short, most }: Room): string[] {
  const open = subtasks.filter(({ status }) => status === 'todo')
  if (open.length === 0) return subtasks.length ? [`All its ${subtasks.length} steps are done.`] : []
  const some = open.slice(0, most).map(({ id, title }) => `${id} ${clip(title, short)}`)
  const done = subtasks.length - open.length
  return [`Open steps (${done} of ${subtasks.length} done): ${some.join('; ')}${open.length > most ? '; …' : ''}`]
}

function forWorker({ session }: Known, now: Task | undefined): Primer['commands'] {
  if (session && !now) return []
  const task = now?.id ?? '<task>'
  const step = now?.subtasks.find(({ status }) => status === 'todo')
  const steps = step
    ? [{ when: 'A step is done', run: `maestro subtask complete ${task} ${step.id}` }]
    : [{ when: 'It needs steps', run: `maestro subtask create ${task} "<step>"` }]
  return [
    { when: 'The task at length', run: `maestro task show ${task}` },
    ...(now?.subtasks.length && !step ? [] : steps),
    { when: 'Progress', run: 'maestro update "<one sentence>"' },
    {
      when: 'You cannot go on',
      run: `maestro task block ${task} --reason "<your question, and what you would do by default>"`,
    },
  ]
}

function forOrchestrator({ project, tasks }: Known): Primer['commands'] {
  const others = Object.values(project?.tasks ?? {}).filter(({ id }) => !tasks.some((own) => own.id === id))
  const first = (is: (task: Task) => boolean) => others.find(is)?.id ?? '<task>'
  const ready = first((task) => project !== undefined && isReady(project, task))
  const review = first(({ status }) => status === 'in_review')
  const blocked = first(({ status }) => status === 'blocked')
  return [
    { when: 'Plan', run: 'maestro task import /tmp/plan.yaml --dry-run' },
    { when: 'Start what is ready', run: `maestro session spawn ${ready}` },
    { when: 'Wait', run: 'maestro wait --any --json' },
    { when: 'Look at a result', run: `maestro task show ${review}` },
    { when: 'It is right', run: `maestro task complete ${review} --summary "<what you checked>"` },
    { when: 'A blocked one is answered', run: `maestro task unblock ${blocked}` },
    { when: 'Progress', run: 'maestro update "<one sentence>"' },
  ]
}

/** What is read last is done: the command that finishes, or that takes up what is to be done. */
function endOf({ role, session, tasks }: Known, { now, blocked, free }: Own): Primer['commands'] {
  if (now) return [{ when: 'All of it is done', run: completing(now.id, role) }]
  if (!session) return role === 'worker' ? [{ when: 'All of it is done', run: completing('<task>', role) }] : []
  if (blocked) return []
  if (free) return [{ when: 'To go on with it', run: `maestro task claim ${free.id}` }]
  return tasks.length || role === 'orchestrator' ? [] : [{ when: 'Progress', run: 'maestro update "<one sentence>"' }]
}

/** The exact command that completes a task. */
export function completing(task: string, role?: string): string {
  const summary =
    role === 'orchestrator'
      ? '<what was reached, how it was checked, what is left>'
      : '<what was done, how it was checked>'
  return `maestro task complete ${task} --summary "${summary}"`
}

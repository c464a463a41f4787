import { type Actor, scopesFor } from '../protocol/actor.ts'
import type { hookKinds } from '../protocol/hook-event.ts'
import type { EventId, ProjectId, SessionId, SpawnerId, SubtaskId, TaskId } from '../protocol/ids.ts'
import { emptyProject, type Project } from '../protocol/model.ts'
import {
  type CommandType,
  decide,
  type Entry,
  type Event,
  evolve,
  type Input,
  parseCommand,
  replay,
} from '../protocol/project.ts'

const PER_MACHINE = 50
const at = Date.UTC(2026, 10, 21, 12)
const person: Actor = { kind: 'person', key: 'bench', name: 'bench', scopes: scopesFor('person') }

const id = (n: number) => String(n).padStart(8, '0')
const taskId = (n: number): TaskId => `task_${id(n)}`
const subtaskId = (n: number): SubtaskId => `sub_${id(n)}`
const sessionId = (n: number): SessionId => `sess_${id(n)}`
const spawnerId = (n: number): SpawnerId => `spn_${id(n)}`
const projectId: ProjectId = `proj_${'0'.repeat(32)}`
const eventId = (n: number): EventId => `evt_${String(n).padStart(32, '0')}`

/** A project with so many tasks of three steps each, and so many sessions at work on the first of them. */
export function largeProject(tasks: number, sessions: number): Project {
  return replay(largeLog(tasks, sessions))
}

/** How such a project came to be. */
export function largeLog(tasks: number, sessions: number): Entry[] {
  const log: Entry[] = []
  const project = emptyProject()
  const ask = <T extends CommandType>(type: T, input: Input<T>, by = person) => {
    for (const event of decide(project, parseCommand(type, input), { by, now: at })) {
      const entry = entryOf(event, log.length + 1)
      log.push(structuredClone(entry))
      evolve(project, entry)
    }
  }
  ask('project.create', { project: projectId, name: 'Large' })
  for (let n = 0; n < tasks; n++) {
    const subtasks = [0, 1, 2].map((step) => ({ subtask: subtaskId(step), title: `Step ${step}` }))
    ask('task.create', { task: taskId(n), title: `Task ${n}`, labels: ['bench'], subtasks })
  }
  for (let n = 0; n < sessions; n++) {
    const spawner = spawnerId(Math.floor(n / PER_MACHINE))
    const by: Actor = { ...person, kind: 'spawner', spawner }
    if (n % PER_MACHINE === 0) ask('spawner.online', { spawner, ...machine }, by)
    ask('session.spawn', { session: sessionId(n), tasks: n < tasks ? [taskId(n)] : [] })
    ask('session.claim', { session: sessionId(n), spawner }, by)
    ask('session.report', { session: sessionId(n), status: 'running' }, by)
  }
  return log
}

const machine = {
  ...{ name: 'bench', machine: 'bench', version: '1', capacity: PER_MACHINE },
  ...{ profiles: [{ name: 'claude', agent: 'claude-code' }], workspaces: ['scratch'] },
}

/** `count` entries as they come while agents work: three in four are hooks, spread over all tasks and sessions. */
export function busyLog(count: number, tasks: number, sessions: number): Entry[] {
  const random = randomFrom(42)
  return Array.from({ length: count }, (_, n) => {
    const task = Math.floor(random() * tasks)
    const session = Math.floor(random() * sessions)
    return entryOf(mix[n % mix.length]!(taskId(task), sessionId(session), n), n + 2)
  })
}

type Make = (task: TaskId, session: SessionId, n: number) => Event
const hook =
  (kind: (typeof hookKinds)[number], tool: string | null = null, asks = false): Make =>
  (_, session, n) => ({
    type: `hook:${kind}`,
    data: {
      ...{ session, agent: 'claude-code', agentSession: `agent-${session}`, name: kind, tool, toolUse: `tool-${n}` },
      ...{ summary: `${tool ?? kind} src/date.ts`, ms: 40, end: null, sentAt: at + n },
      needs: asks ? { kind: 'permission', message: 'May I push?' } : null,
      payload: { tool_name: tool, tool_input: { file_path: 'src/date.ts', old_string: 'a', new_string: 'b' } },
    },
  })
const bash = [hook('tool_start', 'Bash'), hook('tool_use', 'Bash')]
const edit = [hook('tool_start', 'Edit'), hook('tool_use', 'Edit')]
const mix: Make[] = [
  ...[hook('prompt'), ...edit, ...bash, ...edit, ...bash, hook('permission', 'Bash', true), ...edit],
  ...[hook('tool_start', 'Bash'), hook('tool_failure', 'Bash'), hook('stop')],
  (task, session) => ({ type: 'task:note', data: { task, text: 'Half way', session } }),
  (task) => ({ type: 'task:updated', data: { task, action: 'edited', changes: { priority: 'high', labels: ['a'] } } }),
  (task) => ({ type: 'subtask:updated', data: { task, subtask: subtaskId(1), changes: { status: 'done' } } }),
  (task) => ({ type: 'subtask:updated', data: { task, subtask: subtaskId(2), changes: {}, before: subtaskId(0) } }),
  (_, session, n) => ({
    type: 'session:updated',
    data: { session, action: 'progressed', changes: { progress: { text: 'On', at: at + n } } },
  }),
]

function entryOf(event: Event, seq: number): Entry {
  return { seq, id: eventId(seq), at: at + seq, by: 'person:bench', ...event } as Entry // every event with its place is an entry
}

/** The same numbers at each run, from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

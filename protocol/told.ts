import type { Outcome, Project } from './model.ts'
import type { Entry } from './project.ts'
import { worksIn } from './session-rules.ts'
import { changeInWords } from './undo-words.ts'

/** What a colour says: amber needs somebody, blue works, green is done, red failed, grey rests. */
export type Tone = 'amber' | 'blue' | 'green' | 'red' | 'grey'

export const outcomeWords: Record<Outcome, { word: string; tone: Tone }> = {
  completed: { word: 'Completed', tone: 'green' },
  failed: { word: 'Failed', tone: 'red' },
  stopped: { word: 'Stopped', tone: 'grey' },
  lost: { word: 'Lost', tone: 'red' },
}

export type Glyph =
  | 'prompt'
  | 'read'
  | 'edit'
  | 'shell'
  | 'search'
  | 'web'
  | 'agent'
  | 'tool'
  | 'plan'
  | 'fail'
  | 'asks'
  | 'note'
  | 'start'
  | 'stop'
  | 'end'
  | 'task'
  | 'subtask'
  | 'done'
  | 'machine'
  | 'other'

/** An entry as one line for people: `what` happened to `target`; `plain` when the target is a sentence rather than code. */
export type Told = {
  glyph: Glyph
  what: string
  target: string
  plain: boolean
  tone?: Tone | undefined
  ms?: number | undefined
  /** It began and its end has not been heard of. */
  pending?: boolean
}

type Of<P extends string> = Extract<Entry, { type: `${P}:${string}` }>

/** What an entry says to a person, given the project as it is now. */
export function tell(entry: Entry, project: Project): Told {
  if (entry.type.startsWith('hook:')) return tellHook(entry as Of<'hook'>) // the prefix just read is what selects it
  if (entry.type.startsWith('task:')) return tellTask(entry as Of<'task'>, project)
  if (entry.type.startsWith('subtask:')) return tellSubtask(entry as Of<'subtask'>, project)
  if (entry.type.startsWith('session:')) return tellSession(entry as Of<'session'>, project)
  if (entry.type.startsWith('spawner:')) return tellSpawner(entry as Of<'spawner'>, project)
  if (entry.type === 'project:updated') return tellProject(entry.data.changes)
  return line('other', 'Created', 'name' in entry.data ? String(entry.data.name) : '')
}

function tellProject({ name, frozen }: Extract<Entry, { type: 'project:updated' }>['data']['changes']): Told {
  if (frozen) return line('other', 'Frozen', frozen.reason || 'nothing is started or typed', { tone: 'amber' })
  if (frozen === null) return line('other', 'Thawed', 'agents may be started again')
  return line('other', 'Project', name ?? '')
}

const line = (glyph: Glyph, what: string, target: string, rest: Partial<Told> = {}): Told => ({
  glyph,
  what,
  target,
  plain: true,
  ...rest,
})

const glyphs: Record<string, Glyph> = {
  Read: 'read',
  NotebookRead: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  NotebookEdit: 'edit',
  Bash: 'shell',
  BashOutput: 'shell',
  KillShell: 'shell',
  Grep: 'search',
  Glob: 'search',
  LS: 'search',
  WebFetch: 'web',
  WebSearch: 'web',
  Task: 'agent',
  Agent: 'agent',
  TodoWrite: 'plan',
  ExitPlanMode: 'plan',
  TaskCreate: 'plan',
  TaskUpdate: 'plan',
  TaskGet: 'plan',
  TaskList: 'plan',
  AskUserQuestion: 'asks',
}

/** Tools and events whose own names say less to people, or do not fit beside what they are about. */
const shortNames: Record<string, string> = {
  AskUserQuestion: 'Question',
  NotebookEdit: 'Notebook',
  ExitPlanMode: 'Plan',
  TaskCreate: 'Plan',
  TaskUpdate: 'Plan',
  TaskCreated: 'Plan',
  TaskCompleted: 'Plan',
  TeammateIdle: 'Teammate',
  PostToolBatch: 'Tools',
  CwdChanged: 'Folder',
}

/** A tool of another program goes by that program's name: `github`, and beside it what was used of it. */
function nameFor(tool: string): string {
  const short = Object.hasOwn(shortNames, tool) ? shortNames[tool] : undefined
  return short ?? /^mcp__(.+?)__./.exec(tool)?.[1] ?? tool
}

function tellHook({ type, data }: Of<'hook'>): Told {
  const tool = data.tool ?? data.name
  const name = nameFor(tool)
  const target = withoutTool(withoutTool(data.summary, tool), name)
  const timed = { plain: false, ms: data.ms ?? undefined }
  switch (type) {
    case 'hook:tool_start':
      return line(glyphs[tool] ?? 'tool', name, target, { ...timed, pending: true })
    case 'hook:tool_use':
      return line(glyphs[tool] ?? 'tool', name, target, timed)
    case 'hook:tool_failure':
      return line('fail', name, target, { ...timed, tone: 'red' })
    case 'hook:permission':
      return line('asks', 'Asks', data.needs?.message ?? data.summary, { plain: false, tone: 'amber' })
    case 'hook:notification': {
      const asks = data.needs && data.needs.kind !== 'idle'
      return line(asks ? 'asks' : 'note', asks ? 'Asks' : 'Notice', data.summary, asks ? { tone: 'amber' } : {})
    }
    case 'hook:prompt':
      return line('prompt', 'Prompt', withoutTool(data.summary, 'Prompt'))
    case 'hook:session_start':
      return line('start', 'Agent', data.summary)
    case 'hook:session_end':
      return line('end', 'Agent', data.summary)
    case 'hook:stop':
      if (data.name === 'StopFailure') return line('fail', 'Turn', data.summary, { tone: 'red' })
      return line('stop', 'Turn', data.summary)
    case 'hook:subagent_start':
    case 'hook:subagent_stop':
      return line('agent', 'Subagent', withoutTool(data.summary, 'Subagent'), { ms: data.ms ?? undefined })
    case 'hook:compact':
      return line('other', 'Compact', data.summary)
    case 'hook:gap':
      return line('fail', 'Gap', data.summary, { tone: 'amber' })
    case 'hook:usage':
      return line('other', 'Usage', data.summary)
    case 'hook:other':
      return line(name === 'Plan' ? 'plan' : 'other', name, target)
  }
}

/** `Bash npm test` next to a column that already says Bash. */
function withoutTool(summary: string, tool: string): string {
  return summary.startsWith(`${tool} `)
    ? summary.slice(tool.length + 1)
    : summary.startsWith(`${tool}: `)
      ? summary.slice(tool.length + 2)
      : summary
}

const actions: Record<
  Extract<Entry, { type: 'task:updated' }>['data']['action'],
  { verb: string; glyph: Glyph; tone?: Tone }
> = {
  edited: { verb: 'edited', glyph: 'note' },
  assigned: { verb: 'assigned', glyph: 'task' },
  claimed: { verb: 'in progress', glyph: 'start' },
  released: { verb: 'given back', glyph: 'task' },
  blocked: { verb: 'blocked', glyph: 'asks', tone: 'amber' },
  unblocked: { verb: 'unblocked', glyph: 'task' },
  handed_over: { verb: 'in review', glyph: 'done' },
  completed: { verb: 'done', glyph: 'done', tone: 'green' },
  reopened: { verb: 'reopened', glyph: 'task' },
  cancelled: { verb: 'cancelled', glyph: 'stop' },
  attempted: { verb: 'given back after an attempt', glyph: 'fail', tone: 'red' },
  restored: { verb: 'as it was before', glyph: 'task' },
}

function tellTask(entry: Of<'task'>, project: Project): Told {
  if (entry.type === 'task:created') return line('task', 'New task', entry.data.task.title)
  if (entry.type === 'task:undone') return line('task', 'Undone', changeInWords(entry.data.what))
  const title = project.tasks[entry.data.task]?.title ?? entry.data.task
  if (entry.type === 'task:note') return line('note', 'Note', entry.data.text)
  if (entry.type === 'task:deleted') return line('task', 'Deleted', title)
  const { action, released } = entry.data
  const { verb, glyph, tone } = actions[action] ?? { verb: action, glyph: 'task' }
  const next = released?.length ? ` · ${released.length} released` : ''
  return line(glyph, 'Task', `${title} · ${verb}${more(entry, project)}${next}`, {
    tone: tone === 'red' || tone === 'amber' ? tone : undefined,
  })
}

/** What an action says beside its name. */
function more({ data: { action, changes } }: Extract<Entry, { type: 'task:updated' }>, project: Project): string {
  const said = changes.result?.summary
  switch (action) {
    case 'edited':
      return `: ${Object.keys(changes).join(', ')}`
    case 'assigned':
      return changes.assignee ? ` to ${project.sessions[changes.assignee]?.name ?? changes.assignee}` : ''
    case 'blocked':
      return changes.blocked ? `: ${changes.blocked.reason}` : ''
    case 'attempted': {
      const last = changes.attempts?.at(-1)
      return last ? `: ${last.outcome}${last.reason ? ` (${last.reason})` : ''}` : ''
    }
    default:
      return said ? `: ${said}` : ''
  }
}

function tellSubtask(entry: Of<'subtask'>, project: Project): Told {
  const title = (id: string) => project.tasks[entry.data.task]?.subtasks.find((one) => one.id === id)?.title ?? id
  if (entry.type === 'subtask:created') return line('subtask', 'Subtask', `${entry.data.subtask.title} · added`)
  if (entry.type === 'subtask:deleted') return line('subtask', 'Subtask', `${entry.data.subtask} · removed`)
  const { status } = entry.data.changes
  if (status === 'done') return line('done', 'Subtask', title(entry.data.subtask))
  return line('subtask', 'Subtask', `${title(entry.data.subtask)} · ${status === 'todo' ? 'reopened' : 'changed'}`)
}

function tellSession(entry: Of<'session'>, project: Project): Told {
  if (entry.type === 'session:spawn_request')
    return line('start', 'Session', `asked for: ${entry.data.session.profile} in ${entry.data.session.workspace}`)
  if (entry.type === 'session:created') return line('start', 'Session', `${entry.data.session.agent}, started by hand`)
  if (entry.type === 'session:ended') {
    const { outcome, reason, exitCode } = entry.data
    const { word, tone } = outcomeWords[outcome]
    const detail = [reason, exitCode === null ? null : `exit ${exitCode}`].filter(Boolean).join(' · ')
    return line(tone === 'red' ? 'fail' : 'end', word, detail || 'session ended', {
      tone: tone === 'red' ? tone : undefined,
    })
  }
  if (entry.type === 'session:forgotten')
    return line('other', 'Session', `${entry.data.sessions.length} that ended long ago are in history only`)
  const { action, changes } = entry.data
  const machine = changes.spawner ? (project.spawners[changes.spawner]?.name ?? changes.spawner) : ''
  switch (action) {
    case 'claimed':
      return line('machine', 'Session', `taken by ${machine}`)
    case 'unclaimed':
      return line('machine', 'Session', 'not started in time; free to be taken again', { tone: 'amber' })
    case 'started':
      return line('start', 'Session', 'running')
    case 'rested':
      return line('stop', 'Session', 'idle')
    case 'stopping':
      return line('stop', 'Stop', changes.stopping ? `asked by ${changes.stopping.by.replace('person:', '')}` : '')
    case 'progressed':
      return line('note', 'Note', changes.progress?.text ?? '')
    case 'registered':
      if (changes.place) return line('machine', 'Session', `works in ${worksIn(changes.place)}`)
      return line('other', 'Session', `known to its agent as ${changes.agentSession ?? ''}`)
    case 'revived':
      return line('start', 'Session', 'back, with its machine')
  }
}

function tellSpawner(entry: Of<'spawner'>, project: Project): Told {
  if (entry.type === 'spawner:online') return line('machine', 'Machine', `${entry.data.spawner.name} online`)
  if (entry.type === 'spawner:expected') return line('machine', 'Machine', `${entry.data.machine.name} enrolled`)
  if (entry.type === 'spawner:updated') return tellMachine(entry, project)
  return line('machine', 'Machine', `${project.spawners[entry.data.spawner]?.name ?? entry.data.spawner} offline`, {
    tone: 'amber',
  })
}

const machineWords = { drained: 'takes nothing new', undrained: 'takes new sessions again', revoked: 'revoked' }

function tellMachine({ data }: Extract<Entry, { type: 'spawner:updated' }>, project: Project): Told {
  const { machine, action, changes } = data
  if (action === 'renamed') return line('machine', 'Machine', `${changes.ownName ?? machine} is called ${changes.name}`)
  return line('machine', 'Machine', `${project.spawners[machine]?.name ?? machine} ${machineWords[action]}`)
}

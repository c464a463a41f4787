import type { Heard, HookType } from './hook.ts'
import type { HookEvent } from './hook-event.ts'
import type { NeedsYou, OpenCall, Session } from './model.ts'

// What a hook event says of its session: whether it works, rests or waits for somebody, and which tools are in use.

/** Calls that an agent makes at once begin within so long (ms); nobody reads a question and answers it sooner. */
const AT_ONCE_MS = 1_000
/** So many calls that never ended are remembered; no agent has so many at once. */
const MOST_CALLS = 30

const atWork = new Set<HookType>([
  'hook:prompt',
  'hook:tool_start',
  'hook:tool_use',
  'hook:tool_failure',
  'hook:permission',
  'hook:subagent_start',
])
const ends = new Set<HookType>(['hook:tool_use', 'hook:tool_failure'])

export function moveStatus(session: Session, type: HookType, data: Heard, at: number): void {
  const asks = data.needs !== null && data.needs.kind !== 'idle'
  const isAnswer = !asks && answers(session, type, data)
  if (asks) ask(session, type, data, at)
  else if (isAnswer) session.needsYou = null
  moveCalls(session, type, data, at)
  session.status = statusAfter(session, type, data, isAnswer)
}

function statusAfter({ needsYou, status }: Session, type: HookType, data: Heard, isAnswer: boolean): Session['status'] {
  if (needsYou) return 'waiting'
  if (type === 'hook:stop' || data.needs?.kind === 'idle') return 'idle'
  return isAnswer || status === 'waiting' || atWork.has(type) ? 'running' : status
}

/** How long (ms) a call took whose agent does not say so: as long as nothing was heard of its end, by the source's clock. */
export function msOf(session: Session | undefined, { kind, toolUse, at }: HookEvent): number | null {
  if (!toolUse || !ends.has(`hook:${kind}`)) return null
  const call = session?.calls?.find(({ use }) => use === toolUse)
  return call ? Math.max(0, at - call.sentAt) : null
}

function ask(session: Session, type: HookType, data: Heard, at: number): void {
  const { kind, message } = data.needs as { kind: NeedsYou['kind']; message: string } // the caller has seen that it asks
  const before = session.needsYou
  // A notification comes late, says less than the request it follows, and not of which part of the agent.
  if (type === 'hook:notification' && before) {
    session.needsYou = { ...before, kind }
    return
  }
  const call = askingCall(session, data, message)
  const isSame = before !== null && before.message === message && (before.subagent ?? null) === (data.subagent ?? null)
  session.needsYou = { kind, message, since: isSame ? before.since : at, ...asker(data, call) }
}

/** A notification alone leaves open who asks. */
const asker = ({ subagent, tool, sentAt }: Heard, call: OpenCall | undefined): Partial<NeedsYou> =>
  tool || subagent ? { subagent: subagent ?? null, use: call?.use ?? null, sentAt } : {}

/** A request does not say which call it is about: the one of that tool and that agent, with the same words if several are open. */
function askingCall({ calls = [] }: Session, { tool, subagent }: Heard, message: string): OpenCall | undefined {
  const same = calls.filter((call) => call.name === tool && call.subagent === (subagent ?? null))
  const words = (call: OpenCall) => call.summary.slice(call.name.length).replace(/…$/, '').trim()
  return same.find((call) => words(call) !== '' && message.includes(words(call))) ?? same[0]
}

/**
 * Whether an event shows that what was asked has been answered. Agents work on in parts while one of them waits, so what
 * another part does, or a call that runs beside the one asked about, says nothing. A "No" says nothing at all: then the next
 * call that the same part begins does, or the end of its turn.
 */
function answers({ needsYou, calls = [] }: Session, type: HookType, data: Heard): boolean {
  if (!needsYou) return false
  if (isTurn(type, data) || type === 'hook:session_start' || type === 'hook:session_end') return true
  const { subagent, use, sentAt = 0 } = needsYou
  if (subagent === undefined) return true // nobody knows who asks
  if (type === 'hook:notification') return data.needs !== null
  if ((data.subagent ?? null) !== subagent) return false
  if (!data.toolUse || !use || data.toolUse === use) return true
  const begun = type === 'hook:tool_start' ? data : calls.find((call) => call.use === data.toolUse)
  return begun !== undefined && begun.sentAt - sentAt >= AT_ONCE_MS
}

/** A turn of the agent itself begins or ends. */
const isTurn = (type: HookType, { subagent }: Heard) =>
  (type === 'hook:prompt' || type === 'hook:stop') && subagent === undefined

function moveCalls(session: Session, type: HookType, data: Heard, at: number): void {
  const subagent = data.subagent ?? null
  const calls = session.calls ?? []
  let left = calls
  if (ends.has(type)) left = calls.filter(({ use }) => use !== data.toolUse)
  // What an interrupted turn had begun has no end: the next turn of the same part ends it.
  else if (endsCalls(type)) left = calls.filter((call) => call.subagent !== subagent)
  else if (type === 'hook:session_start' || type === 'hook:session_end') left = []
  if (type === 'hook:tool_start' && data.toolUse) {
    const { name, summary } = { name: data.tool ?? data.name, summary: data.summary }
    const begun = { use: data.toolUse, name, summary, subagent, since: at, sentAt: data.sentAt }
    left = [...left.filter(({ use }) => use !== begun.use), begun].slice(-MOST_CALLS)
  }
  if (left.length !== calls.length || type === 'hook:tool_start') session.calls = left
  session.tool = toolAfter(session, type, data, at)
}

const endsCalls = (type: HookType) => type === 'hook:prompt' || type === 'hook:stop' || type === 'hook:subagent_stop'

/** What is shown as in use: what began last of what still runs. */
function toolAfter(session: Session, type: HookType, data: Heard, at: number): Session['tool'] {
  const { tool, calls = [] } = session
  if (type === 'hook:stop' || type === 'hook:session_end') return null
  if (type === 'hook:tool_start') {
    return { name: data.tool ?? data.name, summary: data.summary, since: at, use: data.toolUse }
  }
  if (!tool) return null
  const isOver = tool.use ? !calls.some(({ use }) => use === tool.use) : endsCalls(type) || ends.has(type)
  if (!isOver) return tool
  const last = calls.at(-1)
  return last ? { name: last.name, summary: last.summary, since: last.since, use: last.use } : null
}

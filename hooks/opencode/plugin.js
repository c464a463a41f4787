// opencode's hooks are code inside the agent, so this does what the shell scripts of the others do: leave each event in
// the spool. It never throws, waits for nothing but a small file, talks to nobody, and does nothing outside a session of
// Maestro's. What it may not say (what is in files, what came out of tools) it does not even write down.
import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const { MAESTRO_SESSION_ID: session = '', MAESTRO_HOOK_ALL: all, MAESTRO_HOME: home } = process.env
const spool = process.env.MAESTRO_SPOOL || join(home || join(homedir(), '.maestro'), 'spool')
const owner = /^[0-9a-z_]+$/.test(session) ? session : '-'

const MOST_FILES = Number(process.env.MAESTRO_SPOOL_FILES) || 10_000
const MOST_BYTES = (Number(process.env.MAESTRO_SPOOL_KB) || 51_200) * 1_024
const LONGEST = 65_536 // characters of one text: of more than that nobody keeps anything

let written = 0
let last = 0

/** Leaves it in the spool, or counts that it could not; answers whether it is there. */
function leave(payload) {
  const why = kept(payload)
  if (why) drop(why)
  return !why
}

/** Nothing once it is in the spool, else why it is not. */
function kept(payload) {
  const name = `${owner}.opencode.${randomUUID()}.json`
  try {
    for (const folder of ['tmp', 'new']) mkdirSync(join(spool, folder), { recursive: true, mode: 0o700 })
    if (written++ % 50 === 0 && isFull()) return 'full'
    publish(name, JSON.stringify(payload, clipped))
  } catch {
    return 'unwritten' // a full disk, say: `drop` tells
  }
}

/** Complete or not at all. Files made within the same tick of the clock still have an order: each is a bit younger. */
function publish(name, text) {
  const draft = join(spool, 'tmp', name)
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    last = Math.max(Date.now() / 1_000, last + 0.000_002)
    utimesSync(draft, last, last)
    renameSync(draft, join(spool, 'new', name))
  } catch (error) {
    rmSync(draft, { force: true }) // what is left of it would be counted too
    throw error
  }
}

/** A line in the counter; where not even that can be written an empty file says it, which takes no room on most disks. */
function drop(why) {
  try {
    appendFileSync(join(spool, 'dropped'), `${owner}.opencode ${why}\n`, { mode: 0o600 })
  } catch {
    writeFileSync(join(spool, `dropped.${owner}.opencode.${randomUUID()}`), '', { mode: 0o600 })
  }
}

const clipped = (_, value) => (typeof value === 'string' && value.length > LONGEST ? value.slice(0, LONGEST) : value)

function isFull() {
  const folder = join(spool, 'new')
  const names = readdirSync(folder)
  if (names.length >= MOST_FILES) return full()
  let bytes = 0
  for (const name of names) bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  return bytes >= MOST_BYTES && full()
}

/** Once it is full, every event looks whether it still is. */
function full() {
  written = 0
  return true
}

export const Maestro = async ({ directory }) => {
  if ((!session && !all) || !isAbsolute(spool)) return {}
  const parents = new Map() // of sessions: a subagent's is another session, and reports as part of its first parent
  const started = new Map() // tool calls under way, and since when
  const counted = new Set() // messages whose tokens are counted
  const texts = new Map() // the last thing that was said in a session
  let usage = {}
  let answer // the message of the model that is being written
  let over = false

  const rootOf = (id) => (parents.has(id) ? rootOf(parents.get(id)) : id)
  const isChild = (id) => parents.has(id)

  function say(name, id, more) {
    try {
      const spent = Object.keys(usage).length > 0 ? { usage: { of: 'event', models: usage } } : {}
      const part = parents.has(id) ? { agent_id: id } : {}
      const isThere = leave({
        hook_event_name: name,
        session_id: rootOf(id),
        cwd: directory,
        ...part,
        ...more,
        ...spent,
      })
      if (isThere) usage = {} // else the next event tells of these tokens too
    } catch {
      // There is no spool, and nothing to count in. Nobody can be told, and the agent must not notice.
    }
  }

  function ended(name, id, call, more) {
    const since = started.get(call)
    if (since === undefined) return // told already
    started.delete(call)
    say(name, id, { ...more, tool_use_id: call, duration_ms: Date.now() - since })
  }

  function count({ id, role, time, modelID = 'unknown', tokens }) {
    if (role !== 'assistant') return
    answer = id
    if (!time?.completed || !tokens || counted.has(id)) return // it is updated again and again, also once it is complete
    counted.add(id)
    usage[modelID] ??= { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, messages: 0 }
    const sum = usage[modelID]
    sum.input += tokens.input ?? 0
    sum.output += (tokens.output ?? 0) + (tokens.reasoning ?? 0)
    sum.cacheRead += tokens.cache?.read ?? 0
    sum.cacheWrite5m += tokens.cache?.write ?? 0
    sum.messages += 1
  }

  function part({ type, text, messageID, sessionID, tool, callID, state }) {
    if (type === 'text' && messageID === answer) texts.set(sessionID, text)
    if (type !== 'tool' || state?.status !== 'error') return
    ended('tool.error', sessionID, callID, { tool_name: tool, tool_input: state.input, error: state.error })
  }

  const heard = {
    'session.created': ({ info }) => {
      if (info.parentID) parents.set(info.id, info.parentID)
      say('session.created', info.id, info.parentID ? { agent_type: info.agent ?? info.title } : {})
    },
    'session.idle': ({ sessionID: id }) => {
      say('session.idle', id, { last_assistant_message: texts.get(id) })
      texts.delete(id)
    },
    'session.error': ({ sessionID: id, error }) => {
      say('session.error', id, { error: error?.name, message: error?.data?.message })
    },
    'session.compacted': ({ sessionID }) => say('session.compacted', sessionID, {}),
    'permission.asked': ({ sessionID, permission, patterns }) =>
      say('permission.asked', sessionID, { permission, patterns }),
    'permission.replied': ({ sessionID, reply }) => say('permission.replied', sessionID, { reply }),
    'question.asked': ({ sessionID, questions }) => say('question.asked', sessionID, { questions }),
    'question.replied': ({ sessionID }) => say('question.replied', sessionID, {}),
    'question.rejected': ({ sessionID }) => say('question.rejected', sessionID, {}),
    'message.updated': ({ info }) => count(info),
    'message.part.updated': (properties) => part(properties.part),
  }

  const safely =
    (does) =>
    async (...given) => {
      try {
        does(...given)
      } catch {
        // Another version says it otherwise. The agent must not notice.
      }
    }

  return {
    event: safely(({ event }) => heard[event.type]?.(event.properties)),
    'chat.message': safely(({ sessionID }, { parts }) => {
      if (isChild(sessionID)) return
      const texts = parts.filter(({ type, synthetic }) => type === 'text' && !synthetic)
      say('chat.message', sessionID, { prompt: texts.map(({ text }) => text).join('\n') })
    }),
    'tool.execute.before': safely(({ tool, sessionID, callID }, { args }) => {
      started.set(callID, Date.now())
      say('tool.execute.before', sessionID, { tool_name: tool, tool_input: args, tool_use_id: callID })
    }),
    'tool.execute.after': safely(({ tool, sessionID, callID, args }, { title, metadata }) => {
      const { exit, filediff } = metadata ?? {}
      const { additions, deletions } = filediff ?? {}
      const tool_response = { title, exit, additions, deletions }
      ended('tool.execute.after', sessionID, callID, { tool_name: tool, tool_input: args, tool_response })
    }),
    dispose: safely(() => {
      if (!over) say('dispose', undefined, {})
      over = true
    }),
  }
}

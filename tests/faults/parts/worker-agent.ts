/**
 * A worker without a mind: it knows its task by the environment, works by the `maestro` command and nothing else, and
 * reports by the real hooks. By chance it crashes, leaves without a word, asks somebody, or does not want to go.
 */
import { execFile, spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { reporter } from '../../../local-spawner/demo-report.ts'
import { claudeHooks } from '../../../local-spawner/programs.ts'
import type { Task } from '../../../protocol/model.ts'
import type { Entry } from '../../../protocol/project.ts'
import { Chance } from './chance.ts'
import { hookKey, noteDown } from './ledger.ts'

type Envelope = { success: boolean; data: Record<string, unknown>; error?: string; message?: string }

const { MAESTRO_SESSION_DIR: dir = '', MAESTRO_SESSION_ID: session = '', MAESTRO_TASK_IDS: task = '' } = process.env
const chance = new Chance(Number(process.env.FAULT_SEED)).for(session)
const length = Number(process.env.FAULT_STEP_MS)
const nature = chance.weighed({ diligent: 80, crashes: 7, leaves: 7, asks: 6 })
const isStubborn = chance.next() < 0.3
/** Before which of its steps it does what its nature is. */
const turn = chance.below(2)
const report = reporter(claudeHooks, tmpdir())

appendFileSync(join(dir, 'starts'), `${process.pid}\n`)
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}) // its terminal may be gone
if (isStubborn) for (const signal of ['SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {})
if (chance.next() < 0.1) leaveChild()

await report('SessionStart', { source: 'startup' })
const { details } = await maestro('task', 'start', task)
const { subtasks } = details as Task // what `task start` answers with
const steps = subtasks.filter(({ status }) => status !== 'done')
for (const [at, { id }] of steps.entries()) {
  if (at === turn) await followNature()
  await work(at)
  await maestro('subtask', 'complete', task, id)
  if (chance.next() < 0.5) await maestro('update', `step ${at + 1} of ${steps.length}`)
}
if (steps.length <= turn) await followNature()
await maestro('task', 'complete', task, '--summary', `done by ${session}`)
await report('SessionEnd', { reason: 'other' })
process.exit(0)

async function followNature(): Promise<void> {
  if (nature === 'crashes') process.exit(3)
  if (nature === 'leaves') process.exit(0)
  if (nature !== 'asks') return
  await maestro('task', 'block', task, 'Which one?')
  process.exit(0)
}

/** A tool, reported before and after. */
async function work(step: number): Promise<void> {
  const call = { tool_name: 'Bash', tool_input: { command: 'true' }, tool_use_id: `use_${step}` }
  await report('PreToolUse', call)
  accepted('hook', hookKey(session, 'hook:tool_start', call.tool_use_id))
  await pause(length / 2 + chance.next() * length)
  await report('PostToolUse', { ...call, tool_response: {}, duration_ms: length })
  accepted('hook', hookKey(session, 'hook:tool_use', call.tool_use_id))
}

/** Runs a command until it is answered; what the server has taken is noted. A refusal is the end of this agent. */
async function maestro(...words: string[]): Promise<Envelope['data']> {
  const once = ['--idempotency-key', crypto.randomUUID()]
  for (;;) {
    const { code, answer } = await run([...words, ...once, '--json'])
    if (answer?.success) {
      for (const { id } of (answer.data.entries ?? []) as Entry[]) accepted('command', id) // what a change answers with
      return answer.data
    }
    if (code !== 6 && code !== 7) await refused(words, answer, code)
    await pause(200 + chance.next() * 400)
  }
}

async function refused(words: string[], answer: Envelope | undefined, code: number): Promise<void> {
  const { error = `exit code ${code}`, message = '' } = answer ?? {}
  noteDown(dir, { refused: error, command: words.join(' '), message })
  if (error !== 'credentials_ended') process.exit(4)
  noteDown(dir, { dismissed: true })
  if (!isStubborn) process.exit(5)
  await new Promise(() => setInterval(() => {}, 60_000)) // somebody must make it go
}

/** One that was killed before it had said anything has not answered: that is as if nobody could be reached. */
function run(words: string[]): Promise<{ code: number; answer: Envelope | undefined }> {
  return new Promise((resolve) => {
    execFile('maestro', words, { encoding: 'utf8', timeout: 30_000 }, (error, stdout) => {
      const answer = stdout.endsWith('\n') ? (JSON.parse(stdout) as Envelope) : undefined // `--json` gives one line
      resolve({ code: answer && typeof error?.code === 'number' ? error.code : 6, answer })
    })
  })
}

function accepted(way: 'hook' | 'command', key: string): void {
  noteDown(dir, { accepted: { source: `${session} by ${way}`, key } })
}

function leaveChild(): void {
  const stubborn = "process.on('SIGHUP', () => {}); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"
  spawn(process.execPath, ['-e', stubborn], { detached: true, stdio: 'ignore' }).unref()
}

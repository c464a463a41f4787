#!/usr/bin/env node
// The built-in demo agent: needs no account, network or model, and does by script what an agent does by thought. It
// works in a folder of its own, so the workspace it was started in stays as it is.
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DemoCli } from './demo-cli.ts'
import { play } from './demo-play.ts'
import { type Report, reporter } from './demo-report.ts'
import { Stage } from './demo-stage.ts'
import { claudeHooks } from './programs.ts'

const speed = Number(process.env.MAESTRO_DEMO_SPEED) || 1
const ending = new AbortController()

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => ending.abort(signal))

const { stdin, stdout } = process
if (stdin.isTTY) stdin.setRawMode(true).setEncoding('utf8')
stdin.on('data', (keys: string | Buffer) => {
  if (keys.toString().includes('\x03')) ending.abort('SIGINT') // Ctrl-C is a key like others in raw mode
})
stdin.pause().unref?.()

const folder = await mkdtemp(join(tmpdir(), 'maestro-demo-'))
const stage = new Stage({ input: stdin, output: stdout, speed, signal: ending.signal })
const report = reporter(process.env.MAESTRO_HOOKS_DIR ?? claudeHooks, folder)
const cli = new DemoCli(stage)
try {
  await play({
    stage,
    report,
    cli,
    folder,
    task: process.env.MAESTRO_TASK_IDS?.split(',')[0]?.trim() || undefined,
    patience: patience(),
  })
  process.exitCode = cli.failures > 0 ? 1 : 0
  await report('SessionEnd', { reason: 'prompt_input_exit' })
} catch (error) {
  if (!ending.signal.aborted) throw error
  await interrupted(report)
} finally {
  await rm(folder, { recursive: true, force: true })
  if (stdin.isTTY) stdin.setRawMode(false)
  stdin.pause()
}

/** How long it waits for a person before it goes on by itself, in ms. */
function patience(): number {
  const seconds = Number(process.env.MAESTRO_DEMO_WAIT)
  return seconds > 0 ? seconds * 1_000 : 8_000 / speed
}

/** As Claude Code ends on a signal: its last hook, then the exit code that names the signal. */
async function interrupted(report: Report): Promise<void> {
  await report('SessionEnd', { reason: 'other' })
  const signal = String(ending.signal.reason) as 'SIGTERM' // one of those listened for
  process.exitCode = 128 + constants.signals[signal]
}

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Home } from '../../../embedded/home.ts'
import { commandFor } from '../../../hooks/claude-code/settings.ts'
import { readSpoolName } from '../../../hooks/spool.ts'
import { unmanagedSessionId } from '../../../protocol/ids.ts'
import type { Chance } from './chance.ts'
import { type Accepted, hookKey } from './ledger.ts'

const scripts = join(import.meta.dirname, '../../../hooks/claude-code')

type Options = { home: Home; name: string; chance: Chance /** Between two, on the whole, in ms. */; rest: number }

/** An agent whose hooks leave what they hear in the spool of this machine. */
export class SpoolSource {
  readonly accepted: Accepted[] = []
  /** Hooks that were killed before they had all of their payload. */
  cutOff = 0
  #options: Options
  #count = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** As the scripts do it, without a process each: a draft, then a rename. */
  async write(goesOn: () => boolean): Promise<void> {
    const { home, name: source, chance, rest } = this.#options
    while (goesOn()) {
      const name = `-.claude-code.${randomUUID()}.json`
      const draft = join(home.spool, 'tmp', name)
      writeFileSync(draft, this.#payload('PostToolUse').text, { mode: 0o600 })
      const { id } = readSpoolName(name, Number(statSync(draft, { bigint: true }).mtimeNs / 1_000n) / 1_000)!
      renameSync(draft, join(home.spool, 'new', name))
      this.accepted.push({ source, key: id })
      await pause(chance.gap(rest))
    }
  }

  /** With the real script; every third is killed while half of its payload has come. */
  async run(goesOn: () => boolean): Promise<void> {
    const { name: source, chance, rest } = this.#options
    while (goesOn()) {
      const { text, use } = this.#payload('PostToolUse')
      const child = this.#start()
      if (chance.below(3) === 0) await this.#cutOff(child, text)
      else {
        child.stdin!.end(text)
        await once(child, 'close')
        this.accepted.push({ source, key: hookKey(unmanagedSessionId(source), 'hook:tool_use', use) })
      }
      await pause(chance.gap(rest))
    }
  }

  /** Its session is over: nothing more comes of it. */
  async end(): Promise<void> {
    const child = this.#start()
    child.stdin!.end(this.#payload('SessionEnd').text)
    await once(child, 'close')
  }

  async #cutOff(child: ChildProcess, text: string): Promise<void> {
    child.stdin!.write(text.slice(0, text.length / 2))
    await pause(this.#options.chance.next() * 20)
    process.kill(-child.pid!, 'SIGKILL')
    await once(child, 'close')
    this.cutOff++
  }

  #start(): ChildProcess {
    const env = { PATH: process.env.PATH, HOME: this.#options.home.root, MAESTRO_SPOOL: this.#options.home.spool }
    const child = spawn('/bin/sh', ['-c', commandFor(scripts, 'log-tool-use.sh')], {
      env: { ...env, MAESTRO_HOOK_ALL: '1' },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    child.stdin!.on('error', () => undefined) // it was killed while it was told
    return child
  }

  #payload(event: 'PostToolUse' | 'SessionEnd'): { text: string; use: string } {
    const use = `${this.#options.name}-${this.#count++}`
    const tool = { tool_name: 'Bash', tool_use_id: use, tool_input: { command: `echo ${use}` }, duration_ms: 3 }
    const said = { session_id: this.#options.name, hook_event_name: event, ...(event === 'PostToolUse' && tool) }
    return { text: JSON.stringify({ ...said, padding: 'x'.repeat(2_000) }), use }
  }
}

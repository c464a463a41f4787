import { execFile } from 'node:child_process'
import type { Stage } from './demo-stage.ts'

const CLI_MS = 60_000

type Ran = { ok: boolean; text: string; data: unknown }

/** The `maestro` on the PATH, run as an agent runs it. What it refuses is shown, counted, and stops nothing. */
export class DemoCli {
  failures = 0
  #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** What a command answers, as data; nothing when it was refused. */
  async ask(...words: string[]): Promise<unknown> {
    const { ok, data, text } = await this.#run([...words, '--json'], words)
    if (!ok) this.#fail(text)
    return ok ? data : undefined
  }

  async do(...words: string[]): Promise<void> {
    const { ok, text } = await this.#run(words, words)
    if (ok) this.#stage.line(this.#stage.paint.dim(`  └ ${text.split('\n')[0]}`))
    else this.#fail(text)
  }

  #fail(text: string): void {
    this.failures++
    for (const line of text.split('\n').slice(0, 4)) this.#stage.line(this.#stage.paint.red(`  └ ${line}`))
  }

  async #run(words: string[], shown: string[]): Promise<Ran> {
    const { paint } = this.#stage
    this.#stage.line(`${paint.green('●')} ${paint.bold('maestro')} ${shown.map(quoted).join(' ')}`)
    return await this.#stage.spin(paint.dim('asking Maestro'), run(words))
  }
}

function run(words: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile('maestro', words, { timeout: CLI_MS, encoding: 'utf8' }, (error, stdout, stderr) => {
      const text = (stderr.trim() || stdout.trim() || error?.message) ?? ''
      if (error) return resolve({ ok: false, text, data: undefined })
      resolve({ ok: true, text: stdout.trim(), data: words.includes('--json') ? dataIn(stdout) : undefined })
    })
  })
}

function dataIn(stdout: string): unknown {
  try {
    const envelope: unknown = JSON.parse(stdout)
    return typeof envelope === 'object' && envelope !== null && 'data' in envelope ? envelope.data : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // then nothing is known, as if the list were empty
    throw error
  }
}

const quoted = (word: string) => (/^[\w.,:/=-]+$/.test(word) ? word : `"${word}"`)

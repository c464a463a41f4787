/**
 * Holds a `maestro` to its own schema, by nothing but its command line: every command helps, refuses every mistake that
 * the schema tells how to make, and answers as the schema says, well and refused. Needs a running system and an empty
 * home of its own: `MAESTRO_HOME=… node tests/outside/conform.ts path/to/maestro`.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { files, lines } from './parts/lines.ts'
import { mistakesWith } from './parts/mistakes.ts'
import { type Envelope, leavesOf, type Maestro, Promises, type Schema, wordsOf } from './parts/schema.ts'
import { Teller } from './parts/story.ts'

export type Finding = { what: string; complaints: string[] }

/** Stays, needs a terminal, a real agent or a system of its own, or ends the one that everything else needs: shown by tests of their own. */
const excused: readonly string[] = [
  ...['up', 'down', 'watch', 'top', 'session attach', 'session send', 'session resume', 'spawner start', 'restore'],
]

/** `program` as this process's own environment has it run. */
export function maestroAt(program: string, own: NodeJS.ProcessEnv = process.env): Maestro {
  return (argv, { stdin = '', env = {} } = {}) =>
    new Promise((resolve) => {
      const child = execFile(program, argv, { env: { ...own, ...env }, timeout: 60_000 }, (error, out, err) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, out, err })
      })
      child.stdin?.end(stdin)
    })
}

/**
 * Every finding, good ones too: their `complaints` are empty. `quick` is the same `maestro` where there is a quicker way
 * to have it refuse some hundred mistakes than a process for each.
 */
export async function* conform(maestro: Maestro, quick = maestro): AsyncGenerator<Finding> {
  const { out } = await maestro(['schema', '--json'])
  const envelope = JSON.parse(out) as { data: Schema } // what the schema command promises of itself is checked below
  const promises = new Promises(envelope.data)
  const leaves = leavesOf(promises.schema)
  const folder = mkdtempSync(join(tmpdir(), 'maestro-outside-'))
  mkdirSync(join(folder, 'templates'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const teller = new Teller(maestro, promises, { folder })
  for (const line of lines) {
    const { line: what, complaints } = await teller.tell(line)
    yield { what, complaints }
  }
  const asked = leaves.map((leaf) => async (): Promise<Finding[]> => {
    const words = wordsOf(leaf)
    const found = [await helps(quick, words)]
    for (const { argv, why, ...wanted } of mistakesWith(leaf)) {
      const said = await quick([...argv, '--json'])
      const complaints = [...promises.complaints(words, said), ...(said.err ? [`said beside it: ${said.err}`] : [])]
      if (complaints.length === 0) complaints.push(...unlike(JSON.parse(said.out) as Envelope, wanted))
      if (complaints.length === 0) teller.note(argv, false)
      found.push({ what: `${argv.join(' ')} (${why})`, complaints })
    }
    return found
  })
  for await (const found of several(asked, 4)) yield* found
  const { toSucceed, toFail } = teller.unseen(excused)
  yield { what: 'every command was seen to succeed', complaints: toSucceed }
  yield { what: 'every command was seen to be refused', complaints: toFail }
}

async function helps(maestro: Maestro, words: string[]): Promise<Finding> {
  const said = await maestro([...words, '--help', '--json'])
  const complaints = []
  if (said.code !== 0 || said.err) complaints.push(`exit ${said.code}, and on standard error: ${said.err}`)
  const { data } = JSON.parse(said.out) as { data?: { command?: string } } // a complaint if it is not
  if (data?.command !== ['maestro', ...words].join(' ')) complaints.push(`it tells of ${data?.command}`)
  const { out } = await maestro([...words, '--help'])
  if (!out.includes('Examples:\n  maestro ')) complaints.push('it shows no example')
  return { what: `${words.join(' ')} --help`, complaints }
}

function unlike(envelope: Envelope, wanted: { error: string; field?: string; validValues?: string[] }): string[] {
  if (envelope.success) return ['it was not refused']
  const { error, field, validValues } = envelope
  const same = (name: string, is: unknown, should: unknown) =>
    should === undefined || JSON.stringify(is) === JSON.stringify(should) ? [] : [`${name} is ${is}, not ${should}`]
  return [
    ...same('error', error, wanted.error),
    ...same('field', field, wanted.field),
    ...same('validValues', validValues, wanted.validValues),
  ]
}

/** Runs the steps, `width` at a time; answers in the order in which they end. */
async function* several<T>(steps: (() => Promise<T>)[], width: number): AsyncGenerator<T> {
  const waiting = [...steps]
  const running = new Set<Promise<{ done: Promise<unknown>; value: T }>>()
  const start = () => {
    const step = waiting.shift()
    if (!step) return
    const done: Promise<{ done: Promise<unknown>; value: T }> = step().then((value) => ({ done, value }))
    running.add(done)
  }
  for (let i = 0; i < width; i++) start()
  while (running.size > 0) {
    const { done, value } = await Promise.race(running)
    running.delete(done as Promise<{ done: Promise<unknown>; value: T }>) // it is one of them
    start()
    yield value
  }
}

if (import.meta.main) {
  let [passed, failed] = [0, 0]
  for await (const { what, complaints } of conform(maestroAt(process.argv[2] ?? 'maestro'))) {
    if (complaints.length) failed++
    else passed++
    for (const complaint of complaints) console.log(`✗ ${what}: ${complaint}`)
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed) process.exitCode = 1
}

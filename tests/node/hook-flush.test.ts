import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { writeJson } from '../../embedded/home.ts'
import { programs } from '../../local-spawner/programs.ts'
import { readerOf } from '../../local-spawner/spool-reader.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, say } from './cli.ts'
import { startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'

let edge: Edge
let project: ProjectId
let events: Follower
/** The home of somebody who knows nothing of Maestro but that its hooks are in the settings. */
const user = emptyFolder()
const settings = join(user, '.claude/settings.json')

beforeAll(async () => {
  edge = await startEdge()
  project = newId('proj')
  const client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  writeJson(edge.home.config, { url: edge.url, project })
  events = follow(client)
  await say(['hooks', 'install'], { env: { HOME: user, MAESTRO_HOME: edge.home.root } })
  countStarts()
})
afterEach(async () => {
  await until(() => readerOf(edge.home.spool) === undefined)
  events.entries.length = 0
})
afterAll(async () => {
  events.stop()
  await edge.stop()
})

const starts = join(user, 'starts')
/** Every start of the command line by a hook leaves a line. */
function countStarts(): void {
  const node = join(user, 'node')
  writeFileSync(node, `#!/bin/sh\necho . >>'${starts}'\nexec '${process.execPath}' "$@"\n`, { mode: 0o700 })
  writeFileSync(join(edge.home.spool, 'cli'), `${node}\n${programs.maestro}\n${edge.home.root}\n`)
  appendFileSync(starts, '')
}
const started = () => readFileSync(starts, 'utf8').length / 2

/** A shell as the user has one: what Claude Code runs a hook in, with the variables of its settings. */
function hook(event: string, prompt: string, more: Record<string, string> = {}, before = '') {
  const { hooks, env } = JSON.parse(readFileSync(settings, 'utf8'))
  const child = spawn('/bin/sh', ['-c', before + hooks[event][0].hooks[0].command], {
    cwd: emptyFolder(),
    env: { PATH: process.env.PATH, HOME: user, MAESTRO_FLUSH_LINGER: '1', MAESTRO_FLUSH_REST: '1', ...env, ...more },
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes))
  child.stdin.end(JSON.stringify({ hook_event_name: event, session_id: 'by hand', cwd: user, prompt }))
  return once(child, 'close').then(([code]) => ({ code, said, group: child.pid! }))
}

const prompts = () =>
  events.entries.flatMap((entry) => (entry.type === 'hook:prompt' ? [(entry.data as { summary: string }).summary] : []))
const left = () => readdirSync(join(edge.home.spool, 'new'))
const silent = expect.objectContaining({ code: 0, said: '' })

describe('where no daemon runs', () => {
  test('what an agent’s hook leaves is in the log within seconds, with no command typed, and the agent gone', async () => {
    const began = performance.now()
    const { group, ...said } = await hook('UserPromptSubmit', 'Plant a tree')
    expect(said).toEqual({ code: 0, said: '' })
    try {
      process.kill(-group, 'SIGKILL') // whatever the agent had started dies with it
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ESRCH') // nothing is left of it
    }
    await events.until(() => prompts().includes('Plant a tree'))
    expect(performance.now() - began).toBeLessThan(15_000)
    await until(() => left().length === 0)
  })

  test('hooks at once start one flush, and what comes while it is there goes by it too', async () => {
    const before = started()
    const names = Array.from({ length: 12 }, (_, n) => `Number ${n}`)
    expect(await Promise.all(names.slice(0, 8).map((name) => hook('UserPromptSubmit', name)))).toEqual(
      Array(8).fill(silent),
    )
    await events.until(() => prompts().length >= 8)
    for (const name of names.slice(8)) await hook('UserPromptSubmit', name)
    await events.until(() => prompts().length === 12)
    expect(started() - before).toBe(1)
    expect(prompts().sort()).toEqual(names.sort())
  })

  test('events wait while the server is away, and the next hook brings them', async () => {
    writeJson(edge.home.config, { url: 'http://127.0.0.1:1', project })
    const env = { MAESTRO_RETRIES: '0' }
    expect(await hook('UserPromptSubmit', 'Too early', env)).toEqual(silent)
    await until(() => readerOf(edge.home.spool) === 'flush')
    await until(() => readerOf(edge.home.spool) === undefined)
    expect(left()).toHaveLength(1)
    writeJson(edge.home.config, { url: edge.url, project })
    expect(await hook('UserPromptSubmit', 'Back again', env)).toEqual(silent)
    await events.until(() => prompts().length === 2)
    expect(prompts()).toEqual(['Too early', 'Back again'])
  })

  test('a session’s own key speaks for no other: the machine’s is used', async () => {
    const env = {
      MAESTRO_SESSION_ID: 'sess_4hq1w8ze',
      MAESTRO_API_KEY: 'mst_session_of_somebody',
      MAESTRO_ROLE: 'worker',
    }
    expect(await hook('UserPromptSubmit', 'From a session', env)).toEqual(silent)
    await events.until(() => prompts().includes('From a session'))
  })

  test('an agent whose folder is removed at its end, as a worktree is, has its events sent all the same', async () => {
    expect(await hook('UserPromptSubmit', 'The last word', {}, 'rmdir "$PWD"; ')).toEqual(silent)
    await events.until(() => prompts().includes('The last word'))
  })

  test('one that was killed stands in nobody’s way', async () => {
    writeFileSync(join(edge.home.spool, 'reader'), `${process.pid} 1 flush\n`) // of another process with its number
    expect(await hook('UserPromptSubmit', 'Go on')).toEqual(silent)
    await events.until(() => prompts().includes('Go on'))
  })

  test('nothing is started where nobody wrote down by what, nor where that is gone', async () => {
    const before = started()
    const cli = readFileSync(join(edge.home.spool, 'cli'), 'utf8')
    for (const content of [undefined, '/gone/node\n/gone/maestro\n/gone\n', 'x']) {
      if (content) writeFileSync(join(edge.home.spool, 'cli'), content)
      else rmSync(join(edge.home.spool, 'cli'))
      expect(await hook('UserPromptSubmit', 'Wait')).toEqual(silent)
    }
    expect(left()).toHaveLength(3)
    writeFileSync(join(edge.home.spool, 'cli'), cli)
    await hook('UserPromptSubmit', 'Now')
    await events.until(() => prompts().length === 4)
    expect(started() - before).toBe(1)
  })
})

test('a daemon that comes takes the spool over from a flush, and hooks start none while it is there', async () => {
  await hook('UserPromptSubmit', 'Before', { MAESTRO_FLUSH_LINGER: '600' })
  await events.until(() => prompts().includes('Before'))
  const daemon = await startDaemon(edge.home)
  expect(readerOf(edge.home.spool)).toBe('daemon')
  countStarts() // the daemon has written down its own way
  const before = started()
  await hook('UserPromptSubmit', 'During')
  await events.until(() => prompts().includes('During'))
  expect(started()).toBe(before)
  await daemon.end()
  expect(existsSync(join(edge.home.spool, 'reader'))).toBe(false)
})

/** Looks every few ms, for what tells nobody when it happens. */
async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 10))
}

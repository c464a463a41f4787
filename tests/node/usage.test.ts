import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readHook } from '../../hooks/read.ts'
import { readSpoolName } from '../../hooks/spool.ts'
import { Usage } from '../../local-spawner/usage.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import type { SessionId } from '../../protocol/ids.ts'

const began = Date.UTC(2026, 10, 21, 12)
const session: SessionId = 'sess_4hq1w8ze'
let root: string
let home: string
let usage: Usage
let complaints: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maestro usage '))
  home = join(root, 'home')
  complaints = []
  mkdirSync(join(root, 'spool/tmp'), { recursive: true })
  mkdirSync(join(root, 'spool/new'), { recursive: true })
  usage = watchAgain()
})
afterEach(() => {
  usage.stop()
  rmSync(root, { recursive: true, force: true })
})

/** A daemon that has just come up. */
function watchAgain(): Usage {
  const again = new Usage({
    ...{ spool: join(root, 'spool'), dir: join(root, 'usage') },
    environmentOf: () => ({ HOME: home }),
    log: (_, message) => complaints.push(message),
  })
  again.start()
  return again
}

const transcript = (name = 'one', folder = join(home, '.claude/projects/-app')) => join(folder, `${name}.jsonl`)
const answer = (id: string, output: number, more: { at?: number; model?: string } = {}) =>
  `${JSON.stringify({
    ...{ type: 'assistant', timestamp: new Date(more.at ?? began + 1_000).toISOString() },
    message: {
      ...{ id, model: more.model ?? 'claude-opus-4-8' },
      usage: { input_tokens: 10, output_tokens: output, cache_read_input_tokens: 100, cache_creation_input_tokens: 5 },
    },
  })}\n`
const write = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  appendFileSync(path, text)
}

const hook = (
  event: string,
  path = transcript(),
  more: { session?: SessionId | undefined; own?: string; at?: number } = {},
) =>
  usage.heard(
    {
      ...{ id: 'evt_019a0000000070008000000000000000', agent: 'claude-code', at: more.at ?? began },
      ...('session' in more ? more.session && { session: more.session } : { session }),
    },
    { hook_event_name: event, session_id: more.own ?? 'c0ffee-1', transcript_path: path },
  )

const spooled = () => readdirSync(join(root, 'spool/new'))
/** What has been reported, in order, and is taken from the spool by that. */
async function reports(count: number): Promise<HookEvent[]> {
  await expect.poll(() => spooled().length, { timeout: 5_000, interval: 20 }).toBe(count)
  return spooled().map((name) => {
    const path = join(root, 'spool/new', name)
    const read = readSpoolName(name, Date.now())
    const event = readHook(read?.agent ?? '', JSON.parse(readFileSync(path, 'utf8')), read!)
    rmSync(path)
    return event
  })
}
/** Lets it look at everything now; answers what it had to say. */
async function settled(): Promise<HookEvent[]> {
  await usage.settle()
  return reports(spooled().length)
}
const output = (events: HookEvent[]) => events.map((event) => Object.values(event.usage?.models ?? {})[0]?.output)

describe('the tokens of a session', () => {
  test('are reported a moment after the end of a turn, as any event is', async () => {
    write(transcript(), answer('m1', 42) + answer('m1', 42) + answer('m2', 8))
    hook('UserPromptSubmit')
    hook('Stop')
    const [event] = await reports(1)
    expect(event).toMatchObject({ session, agentSession: 'c0ffee-1', kind: 'usage', agent: 'claude-code' })
    const models = {
      'claude-opus-4-8': { input: 20, output: 50, cacheRead: 200, cacheWrite5m: 10, cacheWrite1h: 0, messages: 2 },
    }
    expect(event?.usage).toEqual({ of: 'session', models })
  })

  test('are counted though the last answer comes into the transcript after the hook', async () => {
    write(transcript(), answer('m1', 1))
    hook('Stop')
    setTimeout(() => write(transcript(), answer('m2', 2)), 60)
    expect(output(await reports(1))).toEqual([3])
  })

  test('are counted though the last answer comes much later than it should, on a machine that is busy', async () => {
    write(transcript(), answer('m1', 1))
    hook('Stop')
    expect(output(await reports(1))).toEqual([1])
    write(transcript(), answer('m2', 2))
    expect(output(await reports(1))).toEqual([3])
  })

  test('are what the last line of an answer says', async () => {
    write(transcript(), answer('m1', 1) + answer('m1', 30))
    hook('Stop')
    expect(output(await settled())).toEqual([30])
  })

  test('are reported only when there are more of them', async () => {
    write(transcript(), answer('m1', 1))
    hook('Stop')
    expect(output(await settled())).toEqual([1])
    hook('Stop')
    expect(await settled()).toEqual([])
    write(transcript(), answer('m2', 2))
    hook('SessionEnd')
    expect(output(await settled())).toEqual([3])
  })

  test('include those of its subagents', async () => {
    write(transcript(), answer('m1', 1))
    write(
      join(home, '.claude/projects/-app/one/subagents/agent-a1.jsonl'),
      answer('m2', 2, { model: 'claude-haiku-4-5' }),
    )
    write(join(home, '.claude/projects/-app/one/subagents/agent-a1.meta.json'), '{}')
    hook('Stop')
    const [event] = await settled()
    expect(Object.keys(event?.usage?.models ?? {})).toEqual(['claude-haiku-4-5', 'claude-opus-4-8'])
  })

  test('wait for the end of a line that is still being written', async () => {
    const whole = answer('m2', 2)
    write(transcript(), answer('m1', 1) + whole.slice(0, 50))
    hook('Stop')
    expect(output(await settled())).toEqual([1])
    write(transcript(), whole.slice(50))
    hook('Stop')
    expect(output(await settled())).toEqual([3])
  })

  test('stay right when its transcript is another file by then, is gone, or is full of other things', async () => {
    write(transcript(), `${'x'.repeat(600_000)}\nno JSON\n${answer('m1', 1)}`)
    hook('Stop')
    expect(output(await settled())).toEqual([1])
    writeFileSync(`${transcript()}.new`, answer('m1', 1) + answer('m2', 2))
    renameSync(`${transcript()}.new`, transcript())
    hook('Stop')
    expect(output(await settled())).toEqual([3])
    rmSync(transcript())
    hook('Stop')
    expect(await settled()).toEqual([])
    writeFileSync(transcript(), answer('m3', 3))
    hook('Stop')
    expect(output(await settled())).toEqual([6])
    expect(complaints).toEqual([])
  })

  test('go on after /clear and a fork: what was copied into the next transcript is not counted again', async () => {
    write(transcript(), answer('m1', 1))
    hook('SessionEnd')
    write(transcript('two'), answer('m1', 1) + answer('m2', 2))
    hook('SessionStart', transcript('two'), { own: 'c0ffee-2' })
    hook('Stop', transcript('two'), { own: 'c0ffee-2' })
    const [event, ...more] = await settled()
    expect(event).toMatchObject({ agentSession: 'c0ffee-2', usage: { models: { 'claude-opus-4-8': { output: 3 } } } })
    expect(more).toEqual([])
  })

  test('are its own: what a conversation had cost before this session went on with it is another’s', async () => {
    write(transcript(), answer('m0', 99, { at: began - 1 }) + answer('m1', 1, { at: began + 1 }))
    hook('SessionStart')
    hook('Stop')
    expect(output(await settled())).toEqual([1])
  })

  test('of one that was started by hand are reported as its own', async () => {
    write(transcript(), answer('m1', 1))
    hook('Stop', transcript(), { session: undefined })
    const [event] = await settled()
    expect(event).toMatchObject({ agentSession: 'c0ffee-1', usage: { of: 'session' } })
    expect(event?.session).toBeUndefined()
  })

  test('go on with a new daemon, counted once, and what the old one had not come to is made up for', async () => {
    write(transcript(), answer('m1', 1))
    hook('Stop')
    expect(output(await settled())).toEqual([1])
    hook('Stop')
    usage.stop() // before it has looked
    write(transcript(), answer('m1', 1) + answer('m2', 2))
    usage = watchAgain()
    expect(output(await reports(1))).toEqual([3])
  })

  test('are looked at once more when its program ends without a word', async () => {
    write(transcript(), answer('m1', 1))
    hook('PreToolUse')
    usage.ended(session)
    expect(output(await reports(1))).toEqual([1])
  })

  test('are forgotten after sixty days', () => {
    write(transcript(), answer('m1', 1))
    hook('SessionEnd')
    usage.stop()
    const kept = join(root, 'usage', `${session}.json`)
    const old = (Date.now() - 61 * 24 * 60 * 60_000) / 1_000
    utimesSync(kept, old, old)
    usage = watchAgain()
    expect(readdirSync(join(root, 'usage'))).toEqual([])
  })
})

describe('a file that a hook names', () => {
  const secret = () => join(root, 'elsewhere.jsonl')
  test.each([
    ['lies elsewhere', () => secret()],
    ['leads elsewhere by dots', () => join(home, '.claude/../../elsewhere.jsonl')],
    ['leads elsewhere by a link', () => transcript('link')],
    ['lies in a folder that leads elsewhere', () => join(home, '.claude/projects/away/elsewhere.jsonl')],
    ['is no transcript by its name', () => transcript('one').replace('.jsonl', '.json')],
    ['is a folder', () => transcript('folder')],
    ['is not there', () => transcript('none')],
    ['is named from nowhere', () => 'one.jsonl'],
  ])('is not read when it %s', async (_, path) => {
    write(secret(), answer('m1', 1))
    write(transcript('one').replace('.jsonl', '.json'), answer('m1', 1))
    mkdirSync(transcript('folder'))
    symlinkSync(secret(), transcript('link'))
    symlinkSync(root, join(home, '.claude/projects/away'))
    hook('Stop', path())
    expect(await settled()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('is not read for subagents that lead elsewhere', async () => {
    write(transcript(), answer('m1', 1))
    write(join(root, 'away/subagents/agent-a1.jsonl'), answer('m2', 99))
    symlinkSync(join(root, 'away'), transcript().replace('.jsonl', ''))
    hook('Stop')
    expect(output(await settled())).toEqual([1])
  })

  test('is not written down where the agent’s id would lead out of the folder', async () => {
    write(transcript(), answer('m1', 1))
    hook('Stop', transcript(), { session: undefined, own: '../../escape' })
    expect(await settled()).toEqual([])
  })
})

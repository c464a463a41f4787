import { describe, expect, test } from 'vitest'
import { app } from '../../cli/app.ts'
import { Context } from '../../cli/context.ts'
import { parses } from '../../cli/main.ts'
import { everyCommand, nameOf } from '../../cli/usage.ts'
import { errors } from '../../protocol/errors.ts'
import { envelope, say } from './cli.ts'

const nowhere = {
  ...{ out: () => undefined, err: () => undefined, stdin: async () => '', env: {}, cwd: '/', columns: undefined },
  ...{ terminal: { out: false, err: false }, now: Date.now, takeInterrupts: () => undefined },
}
const everyName = [...everyCommand(app(new Context(nowhere)))].map((command) => nameOf(command).split(' ').slice(1))
const leaves = everyName.filter(
  (name) => !everyName.some((other) => other.length > name.length && name.every((word, at) => other[at] === word)),
)

/** These take as many words as there are. */
const takesMany = ['session spawn', 'task export', 'wait']

describe('a mistake in the command line', () => {
  test.each(everyName.map((name) => [name.join(' ') || 'maestro', name]))(
    'of `%s` is one envelope with --json, and exit 2',
    async (_, name) => {
      const said = await say([...name, '--no-such-option', '--json'])
      expect(said).toMatchObject({ code: 2, err: '' })
      const { success, error, message, field, retryable, validValues } = envelope(said)
      expect({ success, error, retryable, field }).toEqual({
        success: false,
        error: 'invalid_input',
        retryable: false,
        field: 'no-such-option',
      })
      expect(message).toBe(`\`${['maestro', ...name].join(' ')}\` has no option --no-such-option`)
      expect(validValues).toContain('--json')
    },
  )

  test.each(leaves.filter((name) => !takesMany.includes(name.join(' '))).map((name) => [name.join(' '), name]))(
    'of too many words for `%s` is one too',
    async (_, name) => {
      const said = await say(['--json', ...name, 'a', 'b', 'c', 'd', 'e'])
      expect(said).toMatchObject({ code: 2, err: '' })
      expect(envelope(said)).toMatchObject({ success: false, error: 'invalid_input' })
    },
  )

  test.each([
    [['tsak', 'list'], 'There is no command `maestro tsak`; did you mean `maestro task`?', 'maestro task list'],
    [
      ['task', 'lst', '--status', 'todo'],
      'There is no command `maestro task lst`; did you mean `maestro task list`?',
      'maestro task list --status todo',
    ],
    [['task', 'ls'], 'There is no command `maestro task ls`; did you mean `maestro task list`?', 'maestro task list'],
    [
      ['task', 'done', 'task_4hq1w8ze'],
      'There is no command `maestro task done`; did you mean `maestro task complete`?',
      'maestro task complete task_4hq1w8ze',
    ],
    [
      ['config', 'gte', 'url'],
      'There is no command `maestro config gte`; did you mean `maestro config get`?',
      'maestro config get url',
    ],
    [['task', 'xyzzy'], 'There is no command `maestro task xyzzy`', 'maestro task --help'],
    [
      ['task', 'list', '--statsu', 'todo'],
      '`maestro task list` has no option --statsu; did you mean --status?',
      'maestro task list --status todo',
    ],
    [
      ['task', 'list', '--statsu=todo'],
      '`maestro task list` has no option --statsu; did you mean --status?',
      'maestro task list --status=todo',
    ],
    [
      ['task', 'list', '--status', 'in-progress'],
      '--status cannot be in-progress; did you mean in_progress?',
      'maestro task list --status in_progress',
    ],
    [
      ['task', 'list', '--status=tood'],
      '--status cannot be tood; did you mean todo?',
      'maestro task list --status=todo',
    ],
    [
      ['task', 'create', 'x', '--priority', 'hihg'],
      '--priority cannot be hihg; did you mean high?',
      'maestro task create x --priority high',
    ],
    [
      ['task', 'create', 'Fix', 'the', 'parser'],
      'Too much for `maestro task create`: a text of several words goes in quotes',
      'maestro task create "Fix the parser"',
    ],
    [['task', 'create'], '`maestro task create` needs a title', 'maestro task create "<title>"'],
    [['task', 'list', '--status'], '--status needs a value', 'maestro task list --help'],
    [['update', '- did it'], 'A text that begins with a dash comes after --: - did it', 'maestro update -- "- did it"'],
    [['task'], '`maestro task` needs a verb', 'maestro task --help'],
    [['config'], '`maestro config` needs a verb', 'maestro config --help'],
    [['task', 'block', 'task_4hq1w8ze'], '`maestro task block` needs a reason', 'maestro task block --help'],
    [['config', 'get', 'ulr'], 'There is no setting ulr; did you mean url?', 'maestro config get url'],
    [['task', 'edit', 'task_4hq1w8ze'], 'Nothing to change was given', 'maestro task edit task_4hq1w8ze --title "…"'],
    [['task', 'list', '--limit', 'many'], '--limit must be a number, not many', undefined],
    [['up', '--port', 'x'], '--port must be a number up to 65535, not x', 'maestro up --port 4747'],
    [['--url', 'ftp://x', 'status'], '--url says the server is at ftp://x, which is not an http address', undefined],
  ])('%j is told what to do instead', async (argv, message, suggestion) => {
    const said = await say(['--json', ...argv])
    const refused = envelope(said)
    expect(refused).toMatchObject({ success: false, error: 'invalid_input', message })
    expect(refused.suggestion?.replace(' --json', '')).toBe(suggestion)
    expect(said.code).toBe(2)
  })

  test('is told to people on standard error, with the command to copy', async () => {
    expect(await say(['task', 'list', '--status', 'tood'])).toEqual({
      code: 2,
      out: '',
      err: '✗ --status cannot be tood; did you mean todo?\n  one of: todo, in_progress, blocked, in_review, done, cancelled\n  → maestro task list --status todo\n',
    })
  })

  test('names every value that would do', async () => {
    expect(envelope(await say(['task', 'create', 'x', '--priority', 'asap', '--json'])).validValues).toEqual([
      'low',
      'medium',
      'high',
      'urgent',
    ])
    expect(envelope(await say(['task', '--json'])).validValues).toContain('complete')
  })
})

describe('help', () => {
  test('alone is a first screen of 24 lines at most that ends with the next step', async () => {
    const { code, out, err } = await say([])
    expect(code).toBe(0)
    expect((out + err).trimEnd().split('\n').length).toBeLessThanOrEqual(24)
    expect(out).toContain('maestro task create')
    expect(err).toBe('→ maestro up\n')
  })

  test('in a session the first screen points to what it should know', async () => {
    const env = { MAESTRO_SESSION_ID: 'sess_9vk3n2aq', MAESTRO_TASK_IDS: 'task_4hq1w8ze' }
    expect((await say([], { env })).err).toBe('→ maestro prime\n')
  })

  test.each(leaves.map((name) => [name.join(' '), name]))(
    'of `%s` ends with an example, and is an envelope with --json',
    async (_, name) => {
      const { code, out, err } = await say([...name, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(/\nExamples:\n {2}maestro /)
      const said = await say([...name, '--help', '--json'])
      expect(said.code).toBe(0)
      expect(envelope(said)).toMatchObject({ success: true, data: { command: ['maestro', ...name].join(' ') } })
    },
  )

  test('shows only examples that can be run', async () => {
    for (const name of everyName) {
      const { out } = await say([...name, '--help'])
      const lines = out.split('Examples:\n')[1]?.trim().split('\n') ?? []
      for (const line of lines) await expect(parses(wordsOf(line), nowhere), line).resolves.toBe(true)
    }
  })

  test('can be asked for in the other order', async () => {
    for (const [words, command] of [
      [['help'], 'maestro'],
      [['help', 'task'], 'maestro task'],
      [['help', 'task', 'create'], 'maestro task create'],
      [['task', 'help', 'create'], 'maestro task create'],
    ] as const)
      expect(envelope(await say([...words, '--json'])).data).toMatchObject({ command })
  })

  test('of what there is not names what was meant', async () => {
    for (const words of [
      ['help', 'tsak'],
      ['tsak', '--help'],
    ])
      expect(envelope(await say([...words, '--json'])).message).toContain('did you mean `maestro task`?')
  })

  test('of a noun without a verb goes to standard error', async () => {
    const { code, out, err } = await say(['task'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('complete [task]')
  })

  test('for machines is the whole tree, with errors and exit codes', async () => {
    const { data } = envelope(await say(['schema', '--json']))
    expect(data.errors).toEqual(errors)
    expect(data.commands.map(({ command }) => command)).toContain('maestro task')
  })

  test('--version is said in both ways', async () => {
    const { out } = await say(['--version'])
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(envelope(await say(['--version', '--json'])).data).toEqual({ version: out.trim() })
  })
})

test('a line that is not run can be asked about', async () => {
  await expect(parses(['task', 'complete', '--summary', 'done'], nowhere)).resolves.toBe(true)
  await expect(parses(['task', 'complete', '--sumary', 'done'], nowhere)).rejects.toThrow('did you mean --summary?')
  await expect(parses(['task', 'list', '--status', 'ready'], nowhere)).rejects.toThrow('--status cannot be ready')
})

const wordsOf = (line: string) =>
  (line.split(/ (?:<|>>?) /)[0]!.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ''))

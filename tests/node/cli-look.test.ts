import pico from 'picocolors'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { envelope } from '../../cli/context.ts'
import { fieldsOf } from '../../cli/field.ts'
import { ago, type Look, lasting, prose, shorten, table, wide, wrapped } from '../../cli/look.ts'
import { commandLine } from '../../cli/quote.ts'
import { visible } from '../../cli/visible.ts'
import { TaskId } from '../../protocol/ids.ts'
import { distance, nearest } from '../../protocol/nearest.ts'
import { say } from './cli.ts'

const plain: Look = { paint: pico.createColors(false), width: undefined, now: 0 }
const columns = [
  { title: 'id', cell: ({ id }: Row) => id },
  { title: 'title', cell: ({ title }: Row) => title, flexible: true as const },
  { title: 'n', cell: ({ n }: Row) => n, right: true as const },
]
type Row = { id: string; title: string; n: string }

describe('a table', () => {
  const rows = [
    { id: 'a', title: 'A title that is rather long, as titles tend to be', n: '1' },
    { id: 'b', title: '日本語のタイトル', n: '23' },
  ]
  test('fits the terminal, cutting only what can give way', () => {
    const lines = table(rows, columns, { ...plain, width: 30 }).split('\n')
    expect(lines).toEqual([
      'id  title                    n',
      'a   A title that is rathe…   1',
      'b   日本語のタイトル        23',
    ])
    for (const line of lines) expect(wide(line)).toBeLessThanOrEqual(30)
  })
  test('is cut nowhere without a terminal', () => {
    expect(table(rows, columns, plain)).toContain('as titles tend to be')
  })
  test('leaves out a column with nothing in it, and puts each row on one line', () => {
    expect(table([{ id: 'a', title: 'two\nlines', n: '' }], columns, plain)).toBe('id  title\na   two lines')
  })
})

test('wide letters, accents and colours are measured as they are seen', () => {
  expect(wide('abc')).toBe(3)
  expect(wide('日本')).toBe(4)
  expect(wide('e\u0301')).toBe(1)
  expect(wide('✅')).toBe(2)
  expect(wide(pico.createColors(true).red('abc'))).toBe(3)
  expect(shorten('日本語', 4)).toBe('日…')
})

test('a text that is cut keeps its colours, and ends them', () => {
  const red = pico.createColors(true).red
  expect(shorten(red('a long text'), 6)).toBe(red('a lon…'))
  expect(shorten(`${red('ab')} and more`, 5)).toBe(`${red('ab')} a…`)
})

describe('a text for people', () => {
  test('is broken between words where the terminal ends', () => {
    expect(wrapped('one two three four', 9)).toEqual(['one two', 'three', 'four'])
    expect(wrapped('a-word-that-is-too-long for it', 8)).toEqual(['a-word-that-is-too-long', 'for it'])
    expect(wrapped('one two three', undefined)).toEqual(['one two three'])
  })
  test('keeps its lists and its code', () => {
    const text = '- one two three four\n\n```\nnot to be broken\n```\n    nor this one here'
    expect(prose(text, { ...plain, width: 12 })).toBe(
      '- one two\n  three four\n\n```\nnot to be broken\n```\n    nor this one here',
    )
    expect(prose(text, plain)).toBe(text)
  })
})

test('times are said in one unit', () => {
  expect(['now', '5 s ago', '1 min ago', '2 h ago', '3 d ago', 'in 4 min']).toEqual(
    [0, 5_000, 60_000, 7_200_000, 3 * 86_400_000, -240_000].map((since) => ago(1e12 - since, 1e12)),
  )
  expect(lasting(0)).toBe('0 s')
})

describe('what an agent wrote', () => {
  test('cannot steer a terminal', () => {
    const shown = visible({
      title: '\u001b]0;pwned\u0007\u001b[2Jx\rgone',
      items: ['a\u202eb', '\u009bm'],
      n: 1,
      none: null,
    })
    expect(shown).toEqual({ title: '␛]0;pwned␇␛[2Jx␍gone', items: ['a<202e>b', '<009b>m'], n: 1, none: null })
  })
  test('keeps its lines and tabs', () => expect(visible('a\n\tb')).toBe('a\n\tb'))
  test('is escaped for programs too', () => {
    const line = envelope({ title: '\u001b[2J\u009bm\u202e"' })
    expect(line).toBe('{"title":"\\u001b[2J\\u009bm\\u202e\\""}\n')
    expect(JSON.parse(line)).toEqual({ title: '\u001b[2J\u009bm\u202e"' })
  })
  test('cannot do so through an error either', async () => {
    const { err } = await say(['task', 'list', '--status', '\u001b[31mtodo'])
    expect(err).not.toContain('\u001b')
  })
})

describe('colour', () => {
  const at = (env: Record<string, string>, out = true, args: string[] = []) =>
    say(['task', 'lst', ...args], { env, terminal: { out, err: out } }).then(({ err }) => err.includes('\u001b['))
  test.each([
    ['on a terminal', true, {}, true, []],
    ['not without one', false, {}, false, []],
    ['not with NO_COLOR', false, { NO_COLOR: '1' }, true, []],
    ['not in a dumb terminal', false, { TERM: 'dumb' }, true, []],
    ['not with --no-color', false, { FORCE_COLOR: '1' }, true, ['--no-color']],
    ['anywhere with FORCE_COLOR', true, { FORCE_COLOR: '1' }, false, []],
    ['not with FORCE_COLOR=0', false, { FORCE_COLOR: '0' }, true, []],
    ['anywhere with CLICOLOR_FORCE', true, { CLICOLOR_FORCE: '1' }, false, []],
    ['not with CLICOLOR=0', false, { CLICOLOR: '0' }, true, []],
    [
      'not with NO_COLOR, whatever forces it',
      false,
      { NO_COLOR: '1', FORCE_COLOR: '1', CLICOLOR_FORCE: '1' },
      true,
      [],
    ],
  ])('%s', async (_, expected, env, terminal, args) =>
    expect(await at(env as Record<string, string>, terminal, args)).toBe(expected),
  )
})

test('what was meant is found when it is near, and not when nothing is', () => {
  expect(distance('lst', 'list')).toBe(1)
  expect(distance('ilst', 'list')).toBe(1)
  expect(nearest('compelte', ['complete', 'cancel'])).toBe('complete')
  expect(nearest('comp', ['cancel', 'complete'])).toBe('complete')
  expect(nearest('xyzzy', ['complete', 'cancel'])).toBeUndefined()
})

test('a command line can be copied into a shell', () => {
  expect(commandLine(['task', 'create', 'Fix it', "it's $5", 'a"b'])).toBe(
    `maestro task create "Fix it" 'it'\\''s $5' 'a"b'`,
  )
})

test('options are read off a schema', () => {
  const fields = fieldsOf(
    z.object({
      task: TaskId,
      title: z.string().max(300).describe('In one line'),
      level: z.enum(['low', 'high']).default('low'),
      needs: z.array(TaskId).default([]).describe('What is first'),
      limit: z.coerce.number().default(50),
      ready: z.stringbool().optional(),
      text: z.string().max(20_000).default(''),
      target: TaskId.nullable().default(null),
    }),
  )
  const common = {
    summary: '',
    many: false,
    required: false,
    fallback: undefined,
    choices: [],
    id: undefined,
    long: false,
  }
  expect(fields).toEqual([
    { ...common, name: 'task', kind: 'id', id: 'task', required: true },
    { ...common, name: 'title', kind: 'text', summary: 'In one line', required: true },
    { ...common, name: 'level', kind: 'choice', choices: ['low', 'high'], fallback: 'low' },
    { ...common, name: 'needs', kind: 'id', id: 'task', many: true, summary: 'What is first' },
    { ...common, name: 'limit', kind: 'number', fallback: '50' },
    { ...common, name: 'ready', kind: 'yes' },
    { ...common, name: 'text', kind: 'text', long: true },
    { ...common, name: 'target', kind: 'id', id: 'task' },
  ])
})

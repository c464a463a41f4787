import pico from 'picocolors'
import { describe, expect, test } from 'vitest'
import { type Look, wide } from '../../cli/look.ts'
import { drawTop, type View } from '../../cli/top-draw.ts'
import { keysIn } from '../../cli/top-keys.ts'
import { sectionsOf } from '../../cli/top-rows.ts'
import {
  add,
  agent,
  atWork,
  ended,
  given,
  heard,
  report,
  type Step,
  s1,
  s2,
  sessionId,
  spawn,
  t1,
  t2,
  taskId,
} from './protocol/given.ts'

const [t3, s3, s4] = [taskId(3), sessionId(3), sessionId(4)]
const fleet: Step[] = [
  add(t1, { title: '漢字 🎻 and a very long title that does not fit into any terminal that is not very wide indeed' }),
  add(t2, { title: 'Steer\x1b[31m\u202eed' }),
  add(t3),
  ...atWork(s1, [t1]),
  heard('permission', { session: s1, needs: { kind: 'permission', message: 'Allow npm test?' } }),
  ...atWork(s2),
  heard('tool_start', {
    session: s2,
    tool: 'Bash',
    toolUse: 'one',
    summary: 'Bash npm run a-very-long-command --with many --flags',
  }),
  ...atWork(s3),
  report(s3, 'idle'),
  ...atWork(s4),
  ended(s4, 'failed', 'exited with code 3'),
  { type: 'task.block', task: t3, reason: 'rain' },
]
const plain: View = {
  ...{ selected: undefined, scrolled: 0, details: undefined, help: false, question: undefined, notice: undefined },
  connection: { state: 'live' },
}
const look = (now: number, cols: number): Look => ({ paint: pico.createColors(true), width: cols, now })
const titles = (lines: string[]) =>
  lines.filter((line) => /^\x1b\[1m[A-Z]/.test(line)).map((line) => line.replace(/\x1b\[\d+m/g, ''))

test('what wants somebody comes first, and each thing stands in one place', () => {
  const sections = sectionsOf(given(...fleet).project)
  expect(sections.map(({ title, rows }) => [title, rows.map(({ id }) => id)])).toEqual([
    ['Needs you', [s1, t3]],
    ['Working', [s2]],
    ['Ready', [t2]],
    ['Idle', [s3]],
    ['Ended', [s4]],
  ])
})

test('a session that reports moves no other line', () => {
  const story = given(...fleet, { by: agent(s2), ask: spawn(sessionId(5)) })
  const ids = () => sectionsOf(story.project).flatMap(({ rows }) => rows.map(({ id }) => id))
  const before = ids()
  story.take(heard('tool_start', { session: s2, tool: 'Edit', toolUse: 'two', summary: 'Edit a.ts' }))
  expect(ids()).toEqual(before)
})

describe('the screen', () => {
  const { project, now } = given(...fleet)
  const sections = sectionsOf(project)
  const details = ['x'.repeat(300), 'y']

  test.each([
    [40, 10],
    [41, 11],
    [60, 15],
    [80, 24],
    [99, 20],
    [120, 40],
    [200, 50],
  ])('fits into %i × %i, whatever is on it', (cols, rows) => {
    const views: View[] = [
      plain,
      { ...plain, details },
      { ...plain, help: true },
      { ...plain, question: 'q'.repeat(300) },
    ]
    for (const view of views)
      for (const selected of [s1, s4]) {
        const { lines } = drawTop(
          'A project with a rather long name',
          sections,
          { ...view, selected },
          { cols, rows },
          look(now, cols),
        )
        expect(lines).toHaveLength(rows)
        expect(Math.max(...lines.map(wide))).toBeLessThanOrEqual(cols)
        expect(lines.join('')).not.toMatch(/[\u202e]|\x1b(?!\[\d+m)/)
      }
  })

  test('keeps the selected line in sight, and moves no more than it must', () => {
    const many = given(...Array.from({ length: 40 }, (_, i) => add(taskId(i + 1))))
    const rows = sectionsOf(many.project)
    const ids = rows.flatMap((section) => section.rows.map(({ id }) => id))
    const size = { cols: 80, rows: 12 }
    let scrolled = 0
    const seen = ids.map((selected) => {
      const drawn = drawTop('Garden', rows, { ...plain, selected, scrolled }, size, look(many.now, 80))
      expect(drawn.lines.filter((line) => line.includes('› '))).toHaveLength(1)
      expect(drawn.scrolled - scrolled).toBeLessThanOrEqual(1)
      scrolled = drawn.scrolled
      return scrolled
    })
    expect(seen[0]).toBe(0)
    expect(seen.at(-1)).toBe(32)
  })

  test('says when it is not connected, and that nothing needs anybody', () => {
    const quiet = given(add(t1)).project
    const view: View = { ...plain, connection: { state: 'reconnecting', at: 0, reason: 'gone' } }
    const { lines } = drawTop('Garden', sectionsOf(quiet), view, { cols: 80, rows: 24 }, look(now, 80))
    expect(titles(lines)).toEqual([
      expect.stringMatching(/^Garden {2}not connected .* ○ 1 ready$/),
      'Needs you  nothing',
      'Ready 1',
    ])
  })
})

test.each([
  ['jk', ['j', 'k']],
  ['\x1b[A\x1bOB', ['up', 'down']],
  ['\r', ['enter']],
  ['\x1b', ['escape']],
  ['\x1b[1;5Cxq', ['q']],
  ['\x03', ['ctrl-c']],
  ['ä😀?', ['?']],
])('%j is pressed as %j', (text, keys) => {
  expect(keysIn(new TextEncoder().encode(text))).toEqual(keys)
})

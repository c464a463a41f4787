import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { Screen } from '../../local-spawner/screen.ts'
import { unfinished } from '../../local-spawner/unfinished.ts'
import { everything } from '../node/parts/same-screen.ts'
import { looks, show, viewer } from '../node/parts/terminals.ts'

const COLS = 20
const ROWS = 6
const RUNS = Number(process.env.RUNS ?? 300)

/** Output after which hardly anything is hidden: it wraps, scrolls, tabs, comes back to what was saved, and leaves the screen. */
const PROBE = `${'e\u0301\t|\tx\r\n~`q漢\n'.repeat(ROWS + 1)}\x1b8back\x1b[4mx\x1b[?1049lleft\r\n\n\t.`

/** A viewer that came when `before` had been written, and saw `after`, beside one that saw all of it. */
async function lateAndEarly(before: Buffer, after: Buffer, size = { cols: COLS, rows: ROWS }) {
  const screen = new Screen({ cols: COLS, rows: ROWS }, () => {})
  screen.write(before, () => {})
  const { data } = await screen.snapshot(5_000)
  const [late, early] = [viewer(COLS, ROWS), viewer(COLS, ROWS)]
  const rest = before.subarray(before.length - unfinished(before))
  await show(late, data)
  await show(early, before)
  const seen: { late: unknown; early: unknown }[] = []
  const see = () => seen.push({ late: everything(late), early: everything(early) })
  if (rest.length === 0) see()
  await show(late, Buffer.concat([rest, after]))
  await show(early, after)
  see()
  for (const terminal of [late, early]) terminal.resize(size.cols, size.rows)
  see()
  await Promise.all([late, early].map((terminal) => show(terminal, PROBE)))
  see()
  return { late: seen.map(({ late }) => late), early: seen.map(({ early }) => early) }
}

async function expectSame(before: string, after = '') {
  for (const size of [undefined, { cols: COLS - 7, rows: ROWS - 2 }, { cols: COLS + 9, rows: ROWS + 2 }]) {
    const { late, early } = await lateAndEarly(Buffer.from(before), Buffer.from(after), size)
    expect(late).toEqual(early)
  }
}

const SCREENS: [what: string, before: string, after?: string][] = [
  ['colours and styles', '\x1b[31mred\x1b[38;2;1;2;3;48;5;200;1;3;4;9mall\x1b[0m \x1b[7mback\x1b[53mover'],
  ['a screen filled with colour', '\x1b[44m\x1b[2J\x1b[2;3Htext\x1b[K\r\nmore'],
  ['wrapped lines', `${'wrap '.repeat(30)}\r\n${'x'.repeat(COLS)}`, 'y'],
  ['wide characters and emoji', '日本語 👍🏽 é ñ 漢字漢字漢字漢字漢字', '字'],
  ['a hidden cursor', 'a\x1b[?25l'],
  ['a scroll region', '1\r\n2\r\n3\r\n4\r\n5\r\n6\x1b[2;4r\x1b[4;1H', 'new\r\nlines\r\nhere'],
  ['a scroll region with origin mode', '1\r\n2\r\n3\x1b[2;4r\x1b[?6h\x1b[2;3H', 'x\x1b[1;1Hy'],
  ['the alternate screen', 'normal\r\nlines\x1b[?1049h\x1b[2J\x1b[Halt\x1b[3;3H', '!\x1b[?1049lback'],
  ['a saved cursor that went up with the text', `ab\x1b[31mc\x1b7\x1b[0m${'\r\nline'.repeat(ROWS + 2)}`, '\x1b8X'],
  ['a cursor saved at the edge', `a\r\n\x1b[31m${'x'.repeat(COLS)}\x1b7\x1b[0m\r\nb`, '\x1b8X'],
  ['a cursor saved at the edge behind the alternate screen', `${'x'.repeat(COLS)}\x1b[?1049h`, 'a\x1b[?1049lX'],
  ['a saved cursor with its pen', 'ab\x1b[31mc\x1b7\x1b[0m\r\ndef', '\x1b8X'],
  ['a cursor that waits at the edge above the last line', `a\r\nb\r\nc\x1b[1;1H\x1b[32m${'z'.repeat(COLS)}`, 'next'],
  ['a wide character at the edge', `a\r\nb\x1b[1;1H${'z'.repeat(COLS - 2)}漢`, 'next'],
  ['how the mouse is reported', '\x1b[?1002h\x1b[?1006h'],
  ['the shape of the cursor', '\x1b[5 q'],
  ['line drawing', '\x1b(0lqk', 'x'],
  ['insert mode, no wrapping, bracketed paste', 'abc\r\x1b[4h\x1b[?7l\x1b[?2004h', 'XY'],
  ['an escape sequence cut in the middle', 'a\x1b[3', '1mred'],
  ['a title cut in the middle', 'a\x1b]0;some ti', 'tle\x07b'],
  ['a character cut in the middle', 'a'],
  ['an accent that comes after its letter', 'e', '\u0301x'],
  ['an accent for a wide character at the edge', `a\r\nb\x1b[1;1H${'z'.repeat(COLS - 2)}漢`, '\u0301'],
  ['an accent while letters are inserted', 'abc\r\x1b[4hx', '\u0301y'],
  ['an accent that stands by itself', 'a\x1b[m\u0301b'],
  ['a letter to be repeated', '\x1b[31m=', '\x1b[4b'],
  [
    'links, also side by side, and one that goes on',
    '\x1b]8;;http://a\x07one\x1b]8;id=b;http://b\x07two\x1b]8;;\x07 no \x1b]8;;http://c\x07x',
    'y',
  ],
  ['tab stops', '\x1b[3g\x1b[5G\x1bH\x1b[9G\x1bH\r', 'a\tb\tc'],
  ['tab stops behind the alternate screen', '\x1b[3g\x1b[5G\x1bH\r\x1b[?1049h', 'a\tb\tc\x1b[?1049l\ta'],
  ['line feeds that return, and a cursor that blinks', 'a\x1b[20h\x1b[?12h', '\nb'],
  ['colours of its own', '\x1b]4;1;rgb:11/22/33;200;#abcdef\x07\x1b]11;#102030\x07\x1b]12;red\x07\x1b]12;#fff\x07'],
  ['a colour taken back', '\x1b]4;1;#112233;2;#112233\x07\x1b]10;#445566\x07\x1b]104;1\x07\x1b]110\x07'],
  ['a pen saved while it underlines', '\x1b[4:3;58;5;3mab\x1b7\x1b[0mc', '\x1b8d'],
  ['a colour for underlines to come', '\x1b[58;5;3mab', '\x1b[4mcd'],
  ['protected characters', 'a\x1b[1"qb\x1b[0"qc\x1b[1"q', 'd\x1b[?2J'],
  ['a saved character set', '\x1b(0q\x1b7\x1b(Bq', '\x1b8q'],
  ['a character set that came back with the cursor', 'q\x1b7\x1b(0q\x1b8q', 'q\x1b(0q'],
  ['a character set saved behind the alternate screen', '\x1b(0q\x1b[?1049h\x1b(Bq', 'q\x1b[?1049lq'],
  ['a letter at the edge before line drawing', `a\r\nb\x1b[1;1H${'q'.repeat(COLS)}\x1b(0`, 'q'],
  ['a wide character that did not fit and wrapped', `${'z'.repeat(COLS - 1)}漢字\r\nb`],
  ['the same in colours', `\x1b[7;41m${'z'.repeat(COLS - 1)}漢字\x1b[0m\r\nb`],
  [
    'a wrapped line that was emptied at its end and start',
    `${'z'.repeat(COLS + 5)}\x1b[1;18H\x1b[K\x1b[2;1H\x1b[X\x1b[3;1Hb`,
  ],
  ['coloured space, inserted and erased', '\x1b[7;42m漢字\x1b[1;2Hx\x1b[4hy\x1b[4l\x1b[2@\x1b[2P\x1b[3X'],
  ['a cursor that waits at the edge of an emptied screen', `a${'z'.repeat(COLS - 1)}\x1b[2J`, 'b'],
  ['a mouse that is followed everywhere', '\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1004h'],
]

test.each(SCREENS)('a late viewer sees %s as an early one does', (_, before, after) => expectSame(before, after))

test('a character cut in the middle is shown once, whole', async () => {
  const bytes = Buffer.from('a漢👍—…🀄b')
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { late, early } = await lateAndEarly(bytes.subarray(0, cut), bytes.subarray(cut))
    expect(late).toEqual(early)
  }
})

test('the title comes with the snapshot', async () => {
  const screen = new Screen({ cols: COLS, rows: ROWS }, () => {})
  screen.write(Buffer.from('\x1b]0;tests — 日本\x07'), () => {})
  const late = viewer(COLS, ROWS)
  let title = ''
  late.onTitleChange((told) => {
    title = told
  })
  await show(late, (await screen.snapshot(0)).data)
  expect(title).toBe('tests — 日本')
})

test('output that the parser of xterm chokes on does not stop the screen', async () => {
  await expectSame(`abc\x1b[${ROWS};${COLS}H\x1b[1J`, 'after')
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  const terminal = viewer(COLS, ROWS)
  terminal.parser.registerOscHandler(777, () => {
    throw new Error('on purpose')
  })
  await show(terminal, 'shown\x1b]777;x\x07lost')
  await show(terminal, ' and later')
  expect((await looks(terminal)).lines).toEqual(['shown and later'])
  expect(said).toHaveBeenCalledOnce()
  said.mockRestore()
})

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'word ',
    '漢字',
    '👍',
    'é',
    '\r\n',
    '\n',
    '\r',
    '\t',
    '\b',
    'x'.repeat(COLS),
    'long line that wraps around',
  ),
  fc.constantFrom(
    '\x1b[31m',
    '\x1b[1;4m',
    '\x1b[48;5;22m',
    '\x1b[38;2;9;8;7m',
    '\x1b[0m',
    '\x1b[7m',
    '\x1b[4:3m',
    '\x1b[95;104m',
    '\x1b[58;5;3m',
  ),
  fc.constantFrom(
    '\x1b[H',
    '\x1b[3;5H',
    '\x1b[6;20H',
    '\x1b[A',
    '\x1b[2C',
    '\x1b[K',
    '\x1b[2J',
    '\x1b[1J',
    '\x1b[L',
    '\x1b[M',
    '\x1b[P',
    '\x1b[2@',
  ),
  fc.constantFrom(
    '\x1b[?25l',
    '\x1b[?25h',
    '\x1b[?7l',
    '\x1b[?7h',
    '\x1b[4h',
    '\x1b[4l',
    '\x1b[?1002h',
    '\x1b[?1006h',
    '\x1b[?1006l',
    '\x1b[3 q',
  ),
  fc.constantFrom('\x1b[2;5r', '\x1b[r', '\x1b[?6h', '\x1b[?6l', '\x1bM', '\x1bD', '\x1b[S', '\x1b[T'),
  fc.constantFrom('e\u0301', '\x1b[3b', '\x1b(0', '\x1b(B', '\x0e', '\x0f', '\x1b)0', '\x1bH', '\x1b[3g'),
  fc.constantFrom(
    '\x1b]8;;http://a\x07a\x1b]8;;\x07',
    '\x1b]8;id=1;http://b\x07b\x1b]8;;\x07',
    '\x1b]11;#123456\x07',
    '\x1b]4;3;#123456\x07',
  ),
  fc.constantFrom('\x1b[20h', '\x1b[20l', '\x1b[?12h', '\x1b[1"q', '\x1b[0"q', '\x1b[?2J', '\x1b[X', '\x1b[2X'),
  fc.constantFrom(
    '\x1b[?1049h',
    '\x1b[?1049l\x1b[0m',

    '\x1b]0;title\x07',
    '\x1b]2;t\x1b\\',
    '\x1bP$qm\x1b\\',
    '\x1b_apc\x1b\\',
    '\x1b7',
    '\x1b8\x1b[0m', // xterm leaves the old kind of underline in a pen that comes back
  ),
)

test(
  'a snapshot plus the rest is the screen, whatever was written and wherever it was cut',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.nat(), async (pieces, pick) => {
        const bytes = Buffer.from(pieces.join(''))
        const cut = pick % (bytes.length + 1)
        const size = { cols: 2 + (pick % 31), rows: 1 + (pick % 9) }
        const { late, early } = await lateAndEarly(bytes.subarray(0, cut), bytes.subarray(cut), size)
        expect(late).toEqual(early)
      }),
      // xterm has corners that nothing can restore: the same each time, and RUNS=5000 looks for more.
      { numRuns: RUNS, ...(!process.env.RUNS && { seed: 22 }) },
    )
  },
  30_000 + RUNS * 100,
)

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { node, open } from './parts/sessions.ts'
import { seenAlike } from './parts/watching.ts'

let folder: string
let text: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maestro-screens-'))
  text = join(folder, 'text')
  const kinds = [
    (n: number) => `line ${n}`,
    (n: number) => `\x1b[1;3${n % 8}mcoloured ${n}\x1b[0m and \x1b[4munderlined\x1b[0m`,
    (n: number) => `${n} 漢字とかな e\u0301 n\u0303 👍`,
    (n: number) => `${n} ${'a line that is too long for the screen, '.repeat(4)}`,
    (n: number) => `${n}\t${'漢字'.repeat(30)}`,
  ]
  const lines = Array.from({ length: 400 }, (_, n) => (n === 250 ? 'the needle' : kinds[n % kinds.length]!(n)))
  writeFileSync(text, `${lines.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Where one of `names` is installed. */
function found(...names: string[]): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter)
  const files = names.flatMap((name) => places.map((place) => join(place, name)))
  const file = files.find((file) => existsSync(file))
  if (!file) console.error(`\n!!! SKIPPED: ${names.join(' or ')} is not installed here\n`)
  return file
}

const less = found('less')
const vim = found('vim', 'vi')
const top = found('top')
const env = () => ({ PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', HOME: folder, LESSHISTFILE: '-' })
const size = { cols: 83, rows: 21 }

test.skipIf(!less)('less looks the same to whoever comes, whenever they come', async () => {
  const { dir, client } = await open(less!, ['-R', text], { ...size, env: env() })
  const texts = await seenAlike(dir, client, [
    { until: 'coloured 1' },
    { keys: '\x1b[6~', until: 'line 15' },
    { keys: '/needle\r', until: 'the needle' },
    { keys: 'kk', until: '249' },
    { size: { cols: 61, rows: 17 }, until: 'the needle' },
    { keys: 'G', until: '(END)' },
    { keys: 'g', until: 'coloured 1' },
  ])
  expect(texts.at(-1)).toContain('line 0')
})

test.skipIf(!vim)('vim looks the same to whoever comes, whenever they come', async () => {
  const script = `"$1" -u NONE -N -n -i NONE "$2"; echo it has ended; read key`
  const { dir, client } = await open('/bin/sh', ['-c', script, 'sh', vim!, text], { ...size, env: env() })
  await seenAlike(dir, client, [
    { until: 'coloured 1' },
    { keys: ':set number hlsearch mouse=a title ruler\r', until: '  1 line 0' },
    { keys: '\x06', until: ' 15 ' },
    { keys: '/needle\r', until: 'the needle' },
    { keys: 'Onew 漢字 e\u0301', until: 'new 漢字' },
    { keys: '\x1b:split\r', until: '1,' },
    { size: { cols: 64, rows: 25 }, until: 'the needle' },
    { keys: 'dd\x05\x05', until: 'the needle' },
    { keys: ':qa!\r', until: 'it has ended' },
  ])
})

test.skipIf(!top)('top, which draws all of the screen at once, looks the same to whoever comes', async () => {
  const { dir, client } = await open(top!, ['-d', '3600'], { ...size, env: env() })
  await seenAlike(dir, client, [
    { until: 'PID' },
    { keys: 'M', until: 'PID' },
    { size: { cols: 100, rows: 28 }, until: 'PID' },
    { keys: 'zx', until: 'PID' },
  ])
})

/** Prints one of these for each key. */
const STEPS = [
  '\x1b]2;first — 題\x07\x1b[2J\x1b[H1\r\n2\r\n3\r\n4\r\n\x1b[31mred\x1b[3;6rstep 0',
  '\x1b[6;1Hstep 1\n\nin the region\x1b[?25l\x1b[5 q',
  '\x1b[?1000h\x1b[?1006h\x1b[1;1Hstep 2',
  '\x1b[?1002h\x1b[?1003h\x1b[?1004h\x1b[?2004h\x1b[?1h\x1b=\x1b[2;1Hstep 3',
  '\x1b7\x1b[?1049h\x1b[48;5;19m\x1b[2J\x1b[5;10r\x1b[?6h\x1b[2;3H漢字 e\u0301 👍 step 4\x1b[4:3;58;5;9m',
  'waved\x1b[9;70H漢字漢字漢字漢字漢字漢字 step 5\x1b[?7l',
  '\x1b[?6l\x1b[1;1H\x1b[4hstep 6 ',
  '\x1b[4l\x1b[?7h\x1b(0lqqk\x1b(B\x1b]8;;http://localhost/a\x07here\x1b]8;;\x07 step 7',
  '\x1b[3g\x1b[7G\x1bH\r\t\x1b]11;#102030\x07step 8 e',
  '\u0301\x1b[2b\x1b[?1049lback: step 9',
  `\x1b[r\x1b[21;1H\r\n\x1b[?7h${'a long line that wraps 漢字 '.repeat(9)}step 10`,
  '\x1b[?25h\x1b[?1003l\x1b[?1006l\x1b[0 q\x1b]2;last\x07\x1b[20h\nstep 11',
]

test('nothing that decides how a screen looks or goes on is lost on who comes late', async () => {
  const script = `
    const steps = ${JSON.stringify(STEPS)}
    process.stdin.setRawMode(true).on('data', (keys) => {
      for (const _ of keys) process.stdout.write(steps.shift() ?? '')
    })
    process.stdout.write('ready')`
  const { dir, client } = await node(script, size)
  const steps = STEPS.map((_, n) => ({ keys: ' ', until: `step ${n}` }))
  const narrow = { size: { cols: 57, rows: 14 }, until: 'step 5' }
  const wide = { size: { cols: 90, rows: 23 }, until: 'step 10' }
  await seenAlike(dir, client, [
    { until: 'ready' },
    ...steps.slice(0, 6),
    { ...narrow, until: 'step' },
    ...steps.slice(6, 11),
    wide,
    ...steps.slice(11),
  ])
})

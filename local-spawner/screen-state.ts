import type { IModes, Terminal } from '@xterm/headless'
import { type Pen, PLAIN, sgr } from './screen-pen.ts'
import { drawn } from './screen-rows.ts'

/**
 * What makes a fresh terminal of the same size be as `terminal` is, with at most `scrollback` lines above the screen: cells, modes,
 * cursor, and what no cell shows (scroll region, saved cursor, a cursor that waits at the edge, character sets, title).
 * Tab stops are left out, and synchronised output (2026), which would freeze a viewer whose program has already ended it.
 *
 * xterm keeps some of this in fields its public API does not show. Reading them where they are, rather than following every
 * sequence that may change them, cannot disagree with the screen. xterm is pinned, and tests/pure/screen.test.ts shows they are there.
 */
export function state(terminal: Terminal, title: string, scrollback: number): string {
  const core = (terminal as unknown as { _core: Core })._core // see above
  const { normal, active, alternate } = terminal.buffer
  const parts = [drawn(terminal, normal, scrollback)]
  if (active.type === 'alternate') {
    parts.push(region(terminal, core.buffers.normal), saved(core.buffers.normal), ENTER, drawn(terminal, alternate, 0))
  }
  parts.push(modes(terminal.modes), place(terminal, core), looks(core), mouse(core), titled(title), charset(core))
  return parts.join('')
}

type Core = {
  buffers: { normal: Buffer; active: Buffer }
  coreService: { isCursorHidden: boolean; decPrivateModes: { cursorStyle?: string; cursorBlink?: boolean } }
  coreMouseService: { activeEncoding: string }
  _charsetService: { glevel: number; _charsets: ({ [character: string]: string } | undefined)[] }
  _inputHandler: { _curAttrData: Pen }
}
type Buffer = {
  x: number
  y: number
  ybase: number
  scrollTop: number
  scrollBottom: number
  savedX: number
  savedY: number
  savedCurAttrData: Pen
}

/** Saves the cursor as it is, to be restored on leaving; the new screen is plain. */
const ENTER = `\x1b[?1049h${PLAIN}\x1b[2J\x1b[H`

const cursorTo = (y: number, x: number) => `\x1b[${y + 1};${x + 1}H`

/** The cursor and pen that ESC 8 would bring back. */
function saved({ savedX, savedY, ybase, savedCurAttrData }: Buffer): string {
  return cursorTo(Math.max(0, savedY - ybase), savedX) + sgr(savedCurAttrData)
}

function hasSaved({ savedX, savedY, ybase, savedCurAttrData }: Buffer): boolean {
  return savedX > 0 || savedY > ybase || sgr(savedCurAttrData) !== PLAIN
}

function region({ rows }: Terminal, { scrollTop, scrollBottom }: Buffer): string {
  return scrollTop > 0 || scrollBottom < rows - 1 ? `\x1b[${scrollTop + 1};${scrollBottom + 1}r` : ''
}

/** Where things are. Every step moves the cursor, so the cursor comes last. */
function place(terminal: Terminal, core: Core): string {
  const buffer = core.buffers.active
  const origin = terminal.modes.originMode
  return [
    region(terminal, buffer),
    hasSaved(buffer) ? `${saved(buffer)}\x1b7` : '',
    origin ? '\x1b[?6h' : '',
    cursorTo(buffer.y - (origin ? buffer.scrollTop : 0), buffer.x),
    buffer.x >= terminal.cols ? printedAgain(terminal, buffer) : '',
    sgr(core._inputHandler._curAttrData),
  ].join('')
}

/** After the last column is printed, the cursor waits there, and the next character wraps. Only printing it again says so. */
function printedAgain(terminal: Terminal, { ybase, y }: Buffer): string {
  const line = terminal.buffer.active.getLine(ybase + y)
  const last = line?.getCell(terminal.cols - 1)
  const cell = last?.getWidth() === 0 ? line?.getCell(terminal.cols - 2) : last
  if (!cell) return ''
  const back = cell.getWidth() === 2 ? '\x1b[D' : ''
  return `${back}${sgr(cell as unknown as Pen)}${cell.getChars() || ' '}` // a cell is a pen plus characters
}

/** Origin mode is not here: it moves the cursor. */
function modes(modes: IModes): string {
  const mouse = { none: '', x10: '9', vt200: '1000', drag: '1002', any: '1003' }[modes.mouseTrackingMode]
  const on: [isOn: boolean, mode: string][] = [
    [modes.applicationCursorKeysMode, '?1h'],
    [modes.applicationKeypadMode, '?66h'],
    [modes.bracketedPasteMode, '?2004h'],
    [modes.insertMode, '4h'],
    [modes.reverseWraparoundMode, '?45h'],
    [modes.sendFocusMode, '?1004h'],
    [!modes.wraparoundMode, '?7l'],
    [mouse !== '', `?${mouse}h`],
  ]
  return on.map(([isOn, mode]) => (isOn ? `\x1b[${mode}` : '')).join('')
}

function looks({ coreService }: Core): string {
  const { cursorStyle, cursorBlink } = coreService.decPrivateModes
  const steady = { block: 2, underline: 4, bar: 6 }[cursorStyle ?? '']
  const style = steady ? `\x1b[${cursorBlink ? steady - 1 : steady} q` : ''
  return `${style}${coreService.isCursorHidden ? '\x1b[?25l' : ''}`
}

/** Encodings 1005 and 1015 are not here because xterm has dropped them. */
function mouse({ coreMouseService }: Core): string {
  return { SGR: '\x1b[?1006h', SGR_PIXELS: '\x1b[?1016h' }[coreMouseService.activeEncoding] ?? ''
}

function titled(title: string): string {
  return title ? `\x1b]2;${title}\x07` : ''
}

/** ncurses draws boxes by switching G0 to the line-drawing set and back. */
function charset({ _charsetService: { glevel, _charsets } }: Core): string {
  const drawing = [...'()*+'].map((slot, level) => (_charsets[level]?.['`'] === '◆' ? `\x1b${slot}0` : ''))
  return drawing.join('') + ['', '\x0e', '\x1bn', '\x1bo'][glevel]
}

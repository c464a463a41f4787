import type { IBuffer, IModes, Terminal } from '@xterm/headless'
import { asCharset, type Charset, type Charsets, designated, isBorrowed } from './screen-charsets.ts'
import { guarded, isErased, isSame, linkOf, livePen, type Pen, PLAIN, sgr } from './screen-pen.ts'
import { type Before, drawn, LINK_END, linksOf } from './screen-rows.ts'

/** What is told of a terminal beside its screen. */
export type Told = { title: string; colours: string }

/**
 * What makes a terminal of the same size that was just reset be as `terminal` is, with at most `scrollback` lines above the screen:
 * cells, modes, cursor, and what no cell shows (scroll region, tab stops, saved cursor, a cursor that waits at the edge, character
 * sets, an open link, a character that an accent may still join, title, colours).
 * Synchronised output (2026) is left out: it would hide the screen from a viewer until its program goes on.
 *
 * xterm keeps some of this in fields its public API does not show. Reading them where they are, rather than following every
 * sequence that may change them, cannot disagree with the screen. xterm is pinned, and tests/pure/screen.test.ts shows they are there.
 */
export function state(terminal: Terminal, { title, colours }: Told, scrollback: number): string {
  const core = (terminal as unknown as { _core: Core })._core // see above
  const { normal, active, alternate } = terminal.buffer
  const parts = [START, colours, drawn(terminal, normal, scrollback, savedAbove(terminal, core.buffers.normal))]
  if (active.type === 'alternate') parts.push(behind(terminal, core.buffers.normal), drawn(terminal, alternate, 0))
  parts.push(modes(terminal.modes), looks(core), mouse(core), titled(title), place(terminal, core))
  return parts.join('')
}

type Core = {
  buffers: { normal: Buffer; active: Buffer }
  coreService: { isCursorHidden: boolean; decPrivateModes: { cursorStyle?: string; cursorBlink?: boolean } }
  coreMouseService: { activeEncoding: string }
  optionsService: { rawOptions: { convertEol: boolean; cursorBlink: boolean } }
  _charsetService: Charsets
  _inputHandler: { _curAttrData: Pen; _parser: { precedingJoinState: number } }
}
type Buffer = {
  x: number
  y: number
  ybase: number
  scrollTop: number
  scrollBottom: number
  tabs: { [column: number]: boolean | undefined }
  savedX: number
  savedY: number
  savedCurAttrData: Pen
  savedCharset: Charset
}

/** What a reset does not: it leaves the cursor hidden if it was, and line feeds that return. */
const START = '\x1b[?25h\x1b[20l'

const TAB = 8

const cursorTo = (y: number, x: number) => `\x1b[${y + 1};${x + 1}H`

/** The normal screen's own, before it gives way to the other, which is plain. Where its cursor was left decides which lines go when it shrinks. */
function behind(terminal: Terminal, normal: Buffer): string {
  const own = [
    tabs(terminal, normal),
    region(terminal, normal),
    saved(terminal, terminal.buffer.normal, normal),
    cursorTo(normal.y, normal.x),
  ]
  return `${own.join('')}\x1b[?1047h${PLAIN}\x1b[2J\x1b[H`
}

const penOf = (pen: Pen) => sgr(pen) + guarded(pen)

/** The cursor, pen and character set that ESC 8 would bring back, if they are on the screen. */
function saved(terminal: Terminal, shown: IBuffer, buffer: Buffer): string {
  const { savedX, savedY, ybase } = buffer
  if (!hasSaved(buffer) || savedY < ybase) return ''
  const edge = savedX >= terminal.cols ? printedAtEdge(terminal, shown, savedY) : ''
  return saving(buffer, cursorTo(savedY - ybase, savedX) + edge)
}

/** If they have gone up with the text: they are saved when that is drawn, since a change of size may bring both back. */
function savedAbove(terminal: Terminal, buffer: Buffer): Before | undefined {
  const { savedX: x, savedY: y, ybase } = buffer
  if (!hasSaved(buffer) || y >= ybase) return undefined
  const edge = x >= terminal.cols ? ' ' : ''
  return { y, sequence: `${saving(buffer, `\x1b[${x + 1}G${edge}`)}${PLAIN}${edge && '\x1b[X'}\r` }
}

function saving({ savedCurAttrData, savedCharset }: Buffer, to: string): string {
  const [begin, end] = asCharset(savedCharset)
  return `${to}${begin}${penOf(savedCurAttrData)}\x1b7${end}`
}

function hasSaved({ savedX, savedY, savedCurAttrData, savedCharset }: Buffer): boolean {
  return savedX > 0 || savedY > 0 || penOf(savedCurAttrData) !== PLAIN || savedCharset !== undefined
}

function region({ rows }: Terminal, { scrollTop, scrollBottom }: Buffer): string {
  return scrollTop > 0 || scrollBottom < rows - 1 ? `\x1b[${scrollTop + 1};${scrollBottom + 1}r` : ''
}

function tabs({ cols }: Terminal, { tabs }: Buffer): string {
  const columns = Array.from({ length: cols }, (_, x) => x)
  if (columns.every((x) => Boolean(tabs[x]) === (x % TAB === 0))) return ''
  const stops = columns.filter((x) => tabs[x]).map((x) => `\x1b[${x + 1}G\x1bH`)
  return `\x1b[3g${stops.join('')}`
}

/** Where things are. Every step moves the cursor or changes how things are printed, so both come last, and the last character after all. */
function place(terminal: Terminal, core: Core): string {
  const buffer = core.buffers.active
  const origin = terminal.modes.originMode
  const to = (x: number) => cursorTo(buffer.y - (origin ? buffer.scrollTop : 0), x)
  const isBack = isBorrowed(core._charsetService)
  const { _curAttrData: pen } = core._inputHandler
  return [
    tabs(terminal, buffer),
    region(terminal, buffer),
    saved(terminal, terminal.buffer.active, buffer),
    origin ? '\x1b[?6h' : '',
    isBack ? `${designated(core._charsetService)}\x1b8` : '',
    to(buffer.x),
    buffer.x >= terminal.cols ? printedAtEdge(terminal, terminal.buffer.active, buffer.ybase + buffer.y) : '',
    isBack ? '' : designated(core._charsetService),
    livePen(pen),
    linksOf(terminal).open(pen.extended.urlId),
    printedLast(terminal, core, to),
  ].join('')
}

/** After the last column is printed, the cursor waits there, and the next character wraps. Only printing it again says so. */
function printedAtEdge(terminal: Terminal, buffer: IBuffer, y: number): string {
  const line = buffer.getLine(y)
  const last = line?.getCell(terminal.cols - 1)
  const isHalf = last?.getWidth() === 0 && !last.getChars()
  const cell = isHalf ? line?.getCell(terminal.cols - 2) : last
  if (!cell) return ''
  const isEmpty = !cell.getChars() && isErased(cell as unknown as Pen) // a cell is a pen plus characters
  if (isEmpty && buffer.type === 'normal') return waitingOverNothing(terminal)
  const pen = cell as unknown as Pen // as above
  const link = linksOf(terminal).open(linkOf(pen))
  const back = cell.getWidth() === 2 ? '\x1b[D' : ''
  return `${back}${penOf(pen)}${link}${cell.getChars() || ' '}${link && LINK_END}`
}

/** Where the cursor is goes with it to the other screen and back, and what is printed there is gone. */
function waitingOverNothing({ cols }: Terminal): string {
  return `\x1b[?1047h\x1b[${cols}G \x1b[?1047l`
}

/** What comes next may join the character printed last, as accents do, or repeat it: only printing it again says which that is. */
function printedLast(terminal: Terminal, core: Core, to: (x: number) => string): string {
  const { x, y, ybase } = core.buffers.active
  const { _curAttrData, _parser } = core._inputHandler
  const width = (_parser.precedingJoinState >> 1) & 3
  const cell = width > 0 ? terminal.buffer.active.getLine(ybase + y)?.getCell(x - width) : undefined
  // Where it stood before the size changed is something else now, mostly.
  if (cell?.getWidth() !== width || !cell.getChars() || !isSame(cell as unknown as Pen, _curAttrData)) return ''
  const room = terminal.modes.insertMode ? `\x1b[${width}P` : ''
  return `${to(x - width)}${room}${cell.getChars()}`
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

function looks({ coreService, optionsService }: Core): string {
  const { cursorStyle, cursorBlink } = coreService.decPrivateModes
  const steady = { block: 2, underline: 4, bar: 6 }[cursorStyle ?? '']
  const style = steady ? `\x1b[${cursorBlink ? steady - 1 : steady} q` : ''
  const blink = optionsService.rawOptions.cursorBlink ? '\x1b[?12h' : ''
  const returning = optionsService.rawOptions.convertEol ? '\x1b[20h' : ''
  return `${style}${blink}${returning}${coreService.isCursorHidden ? '\x1b[?25l' : ''}`
}

/** Encodings 1005 and 1015 are not here because xterm has dropped them. */
function mouse({ coreMouseService }: Core): string {
  return { SGR: '\x1b[?1006h', SGR_PIXELS: '\x1b[?1016h' }[coreMouseService.activeEncoding] ?? ''
}

function titled(title: string): string {
  return title ? `\x1b]2;${title}\x07` : ''
}

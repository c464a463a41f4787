import type { Terminal } from '@xterm/headless'

/**
 * What the serialize addon leaves out, as sequences to append to what it returns: scroll region, saved cursor, origin mode,
 * a cursor waiting at the right edge, its style, whether it shows, how the mouse is reported, line-drawing characters, title.
 *
 * xterm keeps these in fields that its public API does not show, and the addon itself reads one of them. Reading them where
 * they are, rather than following every sequence that may change them, cannot disagree with what is on the screen.
 * xterm is pinned, and tests/node/screen.test.ts fails when an upgrade moves one of them.
 */
export function hiddenState(terminal: Terminal, title: string): string {
  const core = (terminal as unknown as { _core: Core })._core // see above
  return [place(terminal, core), looks(core), mouse(core), titled(title), charset(core)].join('')
}

type Core = {
  buffers: { active: ActiveBuffer }
  coreService: { isCursorHidden: boolean; decPrivateModes: { cursorStyle?: string; cursorBlink?: boolean } }
  coreMouseService: { activeEncoding: string }
  _charsetService: { glevel: number; _charsets: ({ [character: string]: string } | undefined)[] }
  _inputHandler: { _curAttrData: Attributes }
}
type ActiveBuffer = {
  x: number
  y: number
  ybase: number
  scrollTop: number
  scrollBottom: number
  savedX: number
  savedY: number
}

/** A cell's, or the pen's: xterm's cells have all of these. */
type Attributes = {
  isBold(): number
  isDim(): number
  isItalic(): number
  isBlink(): number
  isInverse(): number
  isInvisible(): number
  isStrikethrough(): number
  isOverline(): number
  getUnderlineStyle(): number
  isFgRGB(): boolean
  isFgPalette(): boolean
  getFgColor(): number
  isBgRGB(): boolean
  isBgPalette(): boolean
  getBgColor(): number
  isUnderlineColorRGB(): boolean
  isUnderlineColorPalette(): boolean
  getUnderlineColor(): number
}

/** Where things are. Every step here moves the cursor, so the cursor comes last. */
function place(terminal: Terminal, core: Core): string {
  const buffer = core.buffers.active
  const hasRegion = buffer.scrollTop > 0 || buffer.scrollBottom < terminal.rows - 1
  const savedRow = Math.max(0, buffer.savedY - buffer.ybase)
  const hasSaved = buffer.savedX > 0 || savedRow > 0
  const origin = terminal.modes.originMode
  const waits = buffer.x >= terminal.cols
  if (!hasRegion && !hasSaved && !origin && !waits) return ''
  return [
    origin ? '\x1b[?6l' : '',
    hasRegion ? `\x1b[${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r` : '',
    hasSaved ? `${cursorTo(savedRow, buffer.savedX)}\x1b7` : '',
    origin ? '\x1b[?6h' : '',
    cursorTo(buffer.y - (origin ? buffer.scrollTop : 0), buffer.x),
    waits ? printedAgain(terminal, core) : '',
  ].join('')
}

const cursorTo = (y: number, x: number) => `\x1b[${y + 1};${x + 1}H`

/** After the last column is printed, the cursor waits there, and the next character wraps. Only printing it again says so. */
function printedAgain(terminal: Terminal, core: Core): string {
  const line = terminal.buffer.active.getLine(core.buffers.active.ybase + core.buffers.active.y)
  const last = line?.getCell(terminal.cols - 1)
  const cell = last?.getWidth() === 0 ? line?.getCell(terminal.cols - 2) : last
  if (!cell) return ''
  const back = cell.getWidth() === 2 ? '\x1b[D' : ''
  const pen = core._inputHandler._curAttrData
  return `${back}${sgr(cell as unknown as Attributes)}${cell.getChars() || ' '}${sgr(pen)}` // a cell is a pen plus characters
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

function sgr(pen: Attributes): string {
  const codes = ['0']
  const on = (code: string, isOn: number) => isOn && codes.push(code)
  on('1', pen.isBold())
  on('2', pen.isDim())
  on('3', pen.isItalic())
  on(`4:${pen.getUnderlineStyle()}`, pen.getUnderlineStyle())
  on('5', pen.isBlink())
  on('7', pen.isInverse())
  on('8', pen.isInvisible())
  on('9', pen.isStrikethrough())
  on('53', pen.isOverline())
  codes.push(...colour(38, pen.isFgRGB(), pen.isFgPalette(), pen.getFgColor()))
  codes.push(...colour(48, pen.isBgRGB(), pen.isBgPalette(), pen.getBgColor()))
  if (pen.getUnderlineStyle()) {
    codes.push(...colour(58, pen.isUnderlineColorRGB(), pen.isUnderlineColorPalette(), pen.getUnderlineColor()))
  }
  return `\x1b[${codes.join(';')}m`
}

function colour(what: number, isRgb: boolean, isPalette: boolean, value: number): string[] {
  if (isRgb) return [`${what};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`]
  return isPalette ? [`${what};5;${value}`] : []
}

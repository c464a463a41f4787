import type { Terminal } from './terminals.ts'

type Pen = { fg: number; bg: number; extended: { _ext: number; urlId: number } }
type Cell = Pen & { getChars(): string; getWidth(): number }
type Charset = Record<string, string> | undefined
type Core = {
  buffers: { active: Place; normal: Place }
  coreService: { isCursorHidden: boolean; decPrivateModes: Record<string, unknown>; modes: unknown }
  coreMouseService: { activeProtocol: string; activeEncoding: string }
  optionsService: { rawOptions: { convertEol: boolean; cursorBlink: boolean } }
  _charsetService: { charset: Charset; glevel: number; _charsets: Charset[] }
  _oscLinkService: { getLinkData(number: number): { uri: string; id?: string } | undefined }
  _inputHandler: {
    _windowTitle: string
    _curAttrData: Pen
    _parser: { precedingJoinState: number }
    onColor(listener: (requests: { type: number; index?: number; color?: number[] }[]) => void): void
  }
}
type Place = {
  scrollTop: number
  scrollBottom: number
  tabs: Record<number, boolean | undefined>
  ybase: number
  savedX: number
  savedY: number
  savedCurAttrData: Pen
  savedCharset: Charset
}

const EXTENDED = 1 << 28
const colours = new WeakMap<Terminal, Map<number, string>>()

/** Keeps the colours that a program gives `terminal`; one without a window only passes them on. */
export function keepColours(terminal: Terminal): void {
  const set = new Map<number, string>()
  colours.set(terminal, set)
  coreOf(terminal)._inputHandler.onColor((requests) => {
    for (const { type, index, color } of requests) {
      if (type === 1 && index !== undefined) set.set(index, String(color))
      if (type === 2 && index !== undefined) set.delete(index)
      if (type === 2 && index === undefined) for (const known of [...set.keys()]) if (known < 256) set.delete(known)
    }
  })
}

/** All that a terminal is: every cell of both screens, and everything that decides how it goes on. Two of the same draw the same for ever. */
export function everything(terminal: Terminal) {
  const core = coreOf(terminal)
  const { active, normal } = core.buffers
  const { synchronizedOutput: _, ...modes } = core.coreService.decPrivateModes // left out on purpose
  const { charset, glevel, _charsets } = core._charsetService
  const pen = core._inputHandler._curAttrData
  return {
    size: [terminal.cols, terminal.rows],
    type: terminal.buffer.active.type,
    normal: cellsOf(terminal, 'normal'),
    alternate: cellsOf(terminal, 'alternate'),
    cursor: [terminal.buffer.active.cursorX, terminal.buffer.active.cursorY],
    isCursorHidden: core.coreService.isCursorHidden,
    modes: { ...modes, ...(core.coreService.modes as object) },
    mouse: [core.coreMouseService.activeProtocol, core.coreMouseService.activeEncoding],
    options: [core.optionsService.rawOptions.convertEol, core.optionsService.rawOptions.cursorBlink],
    place: placeOf(terminal, active),
    behind: active === normal ? null : placeOf(terminal, normal),
    charsets: [nameOf(charset), glevel, ...[0, 1, 2, 3].map((slot) => nameOf(_charsets[slot]))],
    pen: { look: lookOf(core, pen), ext: extOf(pen) },
    join: core._inputHandler._parser.precedingJoinState,
    title: core._inputHandler._windowTitle,
    colours: [...colours.get(terminal)!].sort(([a], [b]) => a - b),
  }
}

function coreOf(terminal: Terminal): Core {
  return (terminal as unknown as { _core: Core })._core // fields of the pinned xterm
}

function placeOf(terminal: Terminal, place: Place) {
  const { scrollTop, scrollBottom, savedX, savedY, ybase, savedCurAttrData, savedCharset } = place
  const stops = Array.from({ length: terminal.cols }, (_, x) => x).filter((x) => place.tabs[x])
  const saved = [
    Math.min(savedX, terminal.cols - 1),
    savedY - ybase,
    seen(savedCurAttrData.fg),
    seen(savedCurAttrData.bg & ~EXTENDED),
  ]
  return { region: [scrollTop, scrollBottom], stops, saved: [...saved, nameOf(savedCharset)] }
}

/** One line of text per line of the screen: characters as they are, and after them where each look begins. */
function cellsOf(terminal: Terminal, type: 'normal' | 'alternate'): string[] {
  const buffer = terminal.buffer[type]
  return Array.from({ length: buffer.length }, (_, y) => {
    const line = buffer.getLine(y)!
    const looks: string[] = []
    let [text, before] = ['', '0']
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line.getCell(x) as unknown as Cell // a new one each time
      // Whether a cell is empty or holds a space cannot be seen if it has a style, or on a screen that never reflows.
      const isBlank = type === 'alternate' || seen(cell.fg) !== 0 || cell.bg >>> 26 !== 0
      const chars = isBlank ? cell.getChars() || ' ' : cell.getChars() || '·'
      text += cell.getWidth() === 0 && !cell.getChars() ? '' : chars
      const width = cell.getWidth() === 1 ? '' : `w${cell.getWidth()}`
      const now = lookOf(coreOf(terminal), cell) + width
      if (now !== before) looks.push(`${x}:${now}`)
      before = now
    }
    // That the first line is the rest of one that has gone cannot be seen.
    return `${line.isWrapped && y > 0 ? '↳' : ''}${text} ${looks.join(' ')}`
  })
}

function lookOf(core: Core, pen: Pen): string {
  const isExtended = (pen.bg & EXTENDED) !== 0
  const link = isExtended ? linkOf(core, pen.extended.urlId) : ''
  // xterm forgets a link when all of its lines are gone, and the pen goes on with its number.
  const isForgotten = isExtended && !link && pen.extended._ext >>> 26 === 0
  const bg = isForgotten ? pen.bg & ~EXTENDED : pen.bg
  const parts = [seen(pen.fg), seen(bg), isExtended && !isForgotten ? extOf(pen) : 0]
  return `${parts.map((n) => n.toString(16)).join(',')}${link}`.replace(/^0,0,0/, '0')
}

/** The kind of an underline that is not there does not count; its colour may yet. */
const extOf = ({ fg, extended }: Pen) => extended._ext & (fg & (1 << 28) ? -1 : 0x3ffffff)

/** Without what is left of an earlier colour below the number of the present one. */
function seen(colour: number): number {
  const below = [0, 0xff, 0xff, 0xffffff][(colour >>> 24) & 3]!
  return ((colour & 0xff000000) | (colour & below)) >>> 0
}

function linkOf(core: Core, number: number): string {
  const link = number ? core._oscLinkService.getLinkData(number) : undefined
  return link ? `<${link.id ?? ''};${link.uri}>` : ''
}

const nameOf = (charset: Charset) => (charset ? JSON.stringify(charset) : '')

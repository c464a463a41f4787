/** How a cell is drawn, or the next character will be: fields and methods of xterm's cells, of which its public API shows some. */
export type Pen = {
  /** Colours and flags, packed: two pens with the same three numbers draw alike. */
  fg: number
  bg: number
  /** `_ext` is as it was said; `ext` makes every link dashed. */
  extended: { ext: number; _ext: number; urlId: number }
  isBold(): number
  isDim(): number
  isItalic(): number
  isBlink(): number
  isInverse(): number
  isInvisible(): number
  isStrikethrough(): number
  isOverline(): number
  isFgRGB(): boolean
  getFgColorMode(): number
  getFgColor(): number
  isBgRGB(): boolean
  getBgColorMode(): number
  getBgColor(): number
}

export type Look = Pick<Pen, 'fg' | 'bg' | 'extended'>

export const PLAIN = '\x1b[0m'

const COLOUR_MODE = 3 << 24
const RGB = 3 << 24
/** The first 16 have codes of their own, which bold may brighten; the same numbers in the palette of 256 it may not. */
const SIXTEEN = 1 << 24
const UNDERLINED = 1 << 28
/** Of `bg`: only with this does `extended` belong to the cell; without it, it is left over from another. */
const EXTENDED = 1 << 28
const PROTECTED = 1 << 29

/** The sequence that makes a terminal draw like the cell with `pen`, whatever it drew like before. */
export function sgr(pen: Pen): string {
  if (pen.fg === 0 && pen.bg === 0) return PLAIN
  const ext = pen.bg & EXTENDED ? pen.extended._ext : 0
  return sequence([...codes(pen, ext), ...underlineColour(ext)])
}

/** The same for what is printed next: the colour of an underline that may come is part of it. */
export function livePen(pen: Pen): string {
  return sequence([...codes(pen, pen.extended._ext), ...underlineColour(pen.extended._ext)]) + guarded(pen)
}

/** Characters printed so are spared when a program erases all others. */
export function guarded(pen: Pen): string {
  return pen.bg & PROTECTED ? '\x1b[1"q' : ''
}

/** The number of the link that the cell belongs to; 0 for none. */
export function linkOf(pen: Pen): number {
  return pen.bg & EXTENDED ? pen.extended.urlId : 0
}

/** What erasing leaves behind: a background, and nothing else. */
export function isErased(pen: Pen): boolean {
  return pen.fg === 0 && pen.bg >>> 26 === 0
}

/** Two pens that draw alike, and the same link. */
export function isSame(a: Look, b: Look): boolean {
  const areExtended = (a.bg & b.bg & EXTENDED) !== 0
  const isExtendedSame = a.extended._ext === b.extended._ext && a.extended.urlId === b.extended.urlId
  return a.fg === b.fg && a.bg === b.bg && (!areExtended || isExtendedSame)
}

const sequence = (codes: string[]) => (codes.length === 0 ? PLAIN : `\x1b[0;${codes.join(';')}m`)

function codes(pen: Pen, ext: number): string[] {
  const codes: string[] = []
  const on = (code: string, isOn: number) => isOn && codes.push(code)
  const style = (ext >> 26) & 7
  on('1', pen.isBold())
  on('2', pen.isDim())
  on('3', pen.isItalic())
  on(style ? `4:${style}` : '4', pen.fg & UNDERLINED)
  on('5', pen.isBlink())
  on('7', pen.isInverse())
  on('8', pen.isInvisible())
  on('9', pen.isStrikethrough())
  on('53', pen.isOverline())
  codes.push(...colour(38, pen.getFgColorMode(), pen.isFgRGB(), pen.getFgColor()))
  codes.push(...colour(48, pen.getBgColorMode(), pen.isBgRGB(), pen.getBgColor()))
  return codes
}

function underlineColour(ext: number): string[] {
  const mode = ext & COLOUR_MODE
  return colour(58, mode, mode === RGB, mode === RGB ? ext & 0xffffff : ext & 0xff)
}

function colour(what: number, mode: number, isRgb: boolean, value: number): string[] {
  if (mode === 0) return []
  if (isRgb) return [`${what};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`]
  if (mode !== SIXTEEN || what === 58) return [`${what};5;${value}`]
  return [String(value < 8 ? what - 8 + value : what + 52 + value - 8)]
}

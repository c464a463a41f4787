/** How a cell is drawn, or the next character will be: fields and methods of xterm's cells, of which its public API shows some. */
export type Pen = {
  /** Colours and flags, packed: two pens with the same three numbers draw alike. */
  fg: number
  bg: number
  extended: { ext: number; urlId: number }
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
  getFgColorMode(): number
  getFgColor(): number
  isBgRGB(): boolean
  getBgColorMode(): number
  getBgColor(): number
  isUnderlineColorRGB(): boolean
  getUnderlineColorMode(): number
  getUnderlineColor(): number
}

export const PLAIN = '\x1b[0m'

/** The sequence that makes a terminal draw like `pen`, whatever it drew like before. */
export function sgr(pen: Pen): string {
  if (pen.fg === 0 && pen.bg === 0) return PLAIN
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
  codes.push(...colour(38, pen.getFgColorMode(), pen.isFgRGB(), pen.getFgColor()))
  codes.push(...colour(48, pen.getBgColorMode(), pen.isBgRGB(), pen.getBgColor()))
  if (pen.getUnderlineStyle()) {
    codes.push(...colour(58, pen.getUnderlineColorMode(), pen.isUnderlineColorRGB(), pen.getUnderlineColor()))
  }
  return `\x1b[${codes.join(';')}m`
}

/** The first 16 have codes of their own, which bold may brighten; the same numbers in the palette of 256 it may not. */
const SIXTEEN = 1 << 24

function colour(what: number, mode: number, isRgb: boolean, value: number): string[] {
  if (mode === 0) return []
  if (isRgb) return [`${what};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`]
  if (mode !== SIXTEEN || what === 58) return [`${what};5;${value}`]
  return [String(value < 8 ? what - 8 + value : what + 52 + value - 8)]
}

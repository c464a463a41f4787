import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless'
import { type Pen, PLAIN, sgr } from './screen-pen.ts'

type Links = { getLinkData(id: number): { uri: string } | undefined }

/**
 * Draws `buffer` on a fresh terminal: its screen and up to `scrollback` lines above it. Ends with a plain pen, anywhere.
 *
 * The serialize addon does this too, but leaves out coloured space below the last text (all of a TUI's background), the kinds and
 * colours of underlines, and links.
 */
export function drawn(terminal: Terminal, buffer: IBuffer, scrollback: number): string {
  const links = (terminal as unknown as { _core: { _oscLinkService: Links } })._core._oscLinkService // a field of the pinned xterm
  const first = Math.max(0, buffer.baseY - scrollback)
  const rows = Array.from({ length: buffer.baseY + terminal.rows - first }, (_, i) =>
    row(buffer, first + i, terminal.cols, links),
  )
  return rows.map((text, i) => (i === 0 ? text : between(buffer, first + i) + text)).join('')
}

/** A line that wrapped is reached by wrapping, so that it is one line when it is copied or the width changes. */
function between(buffer: IBuffer, y: number): string {
  return buffer.getLine(y)?.isWrapped ? ' \r' : '\r\n'
}

/** One line, from its first column on. Where the next one wraps, it is drawn to the edge. */
function row(buffer: IBuffer, y: number, cols: number, links: Links): string {
  const line = buffer.getLine(y)
  const isFull = buffer.getLine(y + 1)?.isWrapped ?? false
  const text = new RowText(links)
  const cell = buffer.getNullCell()
  for (let x = 0; line && x < cols; x += cell.getWidth() || 1) {
    line.getCell(x, cell)
    if (cell.getChars() && x + cell.getWidth() <= cols) text.print(cell, cell.getChars())
    else text.skip(cell)
  }
  return text.end(isFull)
}

class RowText {
  #links: Links
  #text = ''
  #fg = 0
  #bg = 0
  #ext = 0
  #uri = ''
  /** Empty cells not drawn yet: if nothing follows, those without colour need not be. */
  #empty = 0

  constructor(links: Links) {
    this.#links = links
  }

  print(cell: IBufferCell, chars: string) {
    this.#cross(`\x1b[${this.#empty}C`)
    this.#draw(cell as unknown as Pen) // xterm's cells are pens plus characters
    this.#text += chars
  }

  skip(cell: IBufferCell) {
    const pen = cell as unknown as Pen // as above
    if (!this.#isSame(pen)) {
      this.#cross(`\x1b[${this.#empty}C`)
      this.#draw(pen)
    }
    this.#empty++
  }

  end(isFull: boolean): string {
    this.#cross(isFull ? ' '.repeat(this.#empty) : '')
    const isPlain = this.#fg === 0 && this.#bg === 0
    return `${this.#text}${this.#uri && LINK_END}${isPlain ? '' : PLAIN}`
  }

  /** `move` gets over empty cells; ones with a colour are erased in it. */
  #cross(move: string) {
    if (this.#empty === 0) return
    const isColoured = this.#bg !== 0 || this.#fg !== 0
    this.#text += `${isColoured ? `\x1b[${this.#empty}X` : ''}${move}`
    this.#empty = 0
  }

  #isSame({ fg, bg, extended }: Pen): boolean {
    return fg === this.#fg && bg === this.#bg && extended.ext === this.#ext
  }

  #draw(pen: Pen) {
    if (this.#isSame(pen)) return
    this.#fg = pen.fg
    this.#bg = pen.bg
    this.#ext = pen.extended.ext
    this.#text += sgr(pen)
    this.#link(this.#links.getLinkData(pen.extended.urlId)?.uri ?? '')
  }

  #link(uri: string) {
    if (uri === this.#uri) return
    this.#uri = uri
    this.#text += uri ? `\x1b]8;;${uri}\x07` : LINK_END
  }
}

const LINK_END = '\x1b]8;;\x07'

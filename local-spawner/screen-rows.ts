import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless'
import { guarded, isErased, isSame, type Look, linkOf, type Pen, PLAIN, sgr } from './screen-pen.ts'

/** What is to happen in the first column of line `y`, before it is drawn; it ends there, with a plain pen. */
export type Before = { y: number; sequence: string }

/**
 * Draws `buffer` on a fresh terminal: its screen and up to `scrollback` lines above it. Ends with a plain pen, anywhere.
 *
 * The serialize addon does this too, but leaves out coloured space below the last text (all of a TUI's background), the kinds and
 * colours of underlines, links, and where a wrapped line is empty at its end, without which it comes apart at another width.
 */
export function drawn(terminal: Terminal, buffer: IBuffer, scrollback: number, before?: Before): string {
  const first = Math.max(0, buffer.baseY - scrollback)
  const rows = new Rows(terminal, buffer)
  const count = buffer.baseY + terminal.rows - first
  const line = (y: number) => (before && y === Math.max(first, before.y) ? before.sequence : '') + rows.row(y)
  return Array.from({ length: count }, (_, i) => (i === 0 ? '' : rows.between(first + i)) + line(first + i)).join('')
}

class Rows {
  #buffer: IBuffer
  #cols: number
  #canGoUp: boolean
  #links: Links
  #cell: IBufferCell
  /** The line that was drawn last has something in its last column, so that the cursor waits there. */
  #isAtEdge = false

  constructor(terminal: Terminal, buffer: IBuffer) {
    this.#buffer = buffer
    this.#cols = terminal.cols
    this.#canGoUp = terminal.rows > 1
    this.#links = linksOf(terminal)
    this.#cell = buffer.getNullCell()
  }

  /** One line, from its first column on. */
  row(y: number): string {
    const line = this.#buffer.getLine(y)
    const text = new RowText(this.#links)
    const cell = this.#cell
    for (let x = 0; line && x < this.#cols; x += cell.getWidth() || 1) {
      line.getCell(x, cell)
      const chars = x + cell.getWidth() <= this.#cols ? cell.getChars() : ''
      if (chars) text.print(cell, chars)
      else if (isErased(penOf(cell))) text.skip(cell)
      else text.print(cell, ' ') // an empty cell with a style, which erasing cannot give it
    }
    this.#isAtEdge = text.isAtEdge
    return text.end()
  }

  /**
   * From the line above, just drawn, to the first column of `y`. One that wrapped is reached by wrapping, so that it is one line
   * when it is copied or the width changes.
   */
  between(y: number): string {
    const line = this.#buffer.getLine(y)
    if (!line?.isWrapped) return '\r\n'
    const first = line.getCell(0)
    const last = this.#buffer.getLine(y - 1)?.getCell(this.#cols - 1)
    const edge = `\x1b[${this.#cols}G`
    const pen = last ? sgr(penOf(last)) : PLAIN
    // A wide character wraps where one column is left, and leaves that empty.
    if (first?.getWidth() === 2 && last?.getWidth() === 1 && !last.getChars())
      return `${edge}${pen}${first.getChars()}\r${PLAIN}\x1b[${this.#cols}X`
    const clean = first?.getChars() ? '' : '\x1b[X'
    if (this.#isAtEdge) return ` \r${clean}`
    const emptied = this.#canGoUp ? `\x1b[A${edge}${pen}\x1b[X\x1b[B\r${PLAIN}` : ''
    return `${edge}  \r${clean}${emptied}`
  }
}

class RowText {
  #links: Links
  #text = ''
  #pen: Look | undefined
  #link = 0
  /** Empty cells not drawn yet: if nothing follows, those without colour need not be. */
  #empty = 0

  constructor(links: Links) {
    this.#links = links
  }

  print(cell: IBufferCell, chars: string) {
    this.#cross()
    this.#draw(penOf(cell))
    // A mark that stands by itself would join the character before it.
    this.#text += cell.getWidth() === 0 ? sgr(penOf(cell)) + guarded(penOf(cell)) + chars : chars
  }

  skip(cell: IBufferCell) {
    if (!this.#isDrawnAs(penOf(cell))) {
      this.#cross()
      this.#draw(penOf(cell))
    }
    this.#empty++
  }

  /** Something is drawn in its last column, if it has come to that. */
  get isAtEdge(): boolean {
    return this.#empty === 0
  }

  end(): string {
    this.#erase()
    return `${this.#text}${this.#link ? LINK_END : ''}${this.#isDrawnAs(undefined) ? '' : PLAIN}`
  }

  /** Gets over empty cells. */
  #cross() {
    if (this.#empty === 0) return
    this.#erase()
    this.#text += `\x1b[${this.#empty}C`
    this.#empty = 0
  }

  /** Empty cells with a colour are erased in it. */
  #erase() {
    if (this.#empty > 0 && !this.#isDrawnAs(undefined)) this.#text += `\x1b[${this.#empty}X`
  }

  /** Without a pen: plainly. */
  #isDrawnAs(pen: Look | undefined): boolean {
    if (pen && this.#pen) return isSame(pen, this.#pen)
    const one = pen ?? this.#pen
    return !one || (one.fg === 0 && one.bg === 0)
  }

  #draw(pen: Pen) {
    if (this.#isDrawnAs(pen)) return
    this.#pen = { fg: pen.fg, bg: pen.bg, extended: pen.extended } // the cell itself is used again
    this.#text += sgr(pen) + guarded(pen)
    const link = linkOf(pen)
    if (link !== this.#link) this.#text += this.#links.open(link) || LINK_END
    this.#link = link
  }
}

const penOf = (cell: IBufferCell) => cell as unknown as Pen // xterm's cells are pens plus characters

export const LINK_END = '\x1b]8;;\x07'

type Links = { open(number: number): string }

/** How links are opened: '' for one that is not known. */
export function linksOf(terminal: Terminal): Links {
  const { _oscLinkService: service } = (terminal as unknown as { _core: Core })._core // a field of the pinned xterm
  return {
    open(number) {
      const link = number ? service.getLinkData(number) : undefined
      return link ? `\x1b]8;${link.id ? `id=${link.id}` : ''};${link.uri}\x07` : ''
    },
  }
}

type Core = { _oscLinkService: { getLinkData(number: number): { uri: string; id?: string } | undefined } }

import { wide } from './look.ts'

type Cursor = { x: number; y: number }

const PLAIN = '\x1b[0m'
/** What is between these appears at once, where the terminal can do that. */
const [TOGETHER, DONE] = ['\x1b[?2026h', '\x1b[?2026l']

/** A screen that is drawn row by row: only rows that have changed are sent, so nothing flickers and a slow line is enough. */
export class Canvas {
  #out: (text: string) => void
  #shown: string[] = []
  #cursor = ''

  constructor(out: (text: string) => void) {
    this.#out = out
  }

  /** Makes the screen `rows`, each at most `cols` wide; without a cursor there is none to be seen. */
  draw(rows: string[], cols: number, cursor?: Cursor): void {
    let text = ''
    for (let y = 0; y < Math.max(rows.length, this.#shown.length); y++) {
      const row = rows[y] ?? ''
      if (row === this.#shown[y]) continue
      // A full row leaves the cursor on its last column, where erasing would take that away again.
      text += `\x1b[${y + 1};1H${PLAIN}${row}${PLAIN}${wide(row) < cols ? '\x1b[K' : ''}`
    }
    const at = cursor ? `\x1b[${cursor.y + 1};${cursor.x + 1}H\x1b[?25h` : '\x1b[?25l'
    if (text) this.#out(`${TOGETHER}\x1b[?25l${text}${at}${DONE}`)
    else if (at !== this.#cursor) this.#out(at)
    this.#shown = rows
    this.#cursor = at
  }

  /** Everything anew at the next drawing: the terminal has another size, or was somebody else's meanwhile. */
  forget(): void {
    this.#shown = []
    this.#cursor = ''
    this.#out(`${PLAIN}\x1b[2J`)
  }
}

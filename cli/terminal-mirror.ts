import headless from '@xterm/headless'
import { guard } from '../client/screen-guard.ts'
import type { Size } from '../client/terminal-view.ts'
import { type Pen, sgr } from '../local-spawner/screen-pen.ts'
import { steering } from './visible.ts'

type Terminal = InstanceType<typeof headless.Terminal>
type Line = ReturnType<Terminal['buffer']['active']['getLine']>
type Cell = ReturnType<Terminal['buffer']['active']['getNullCell']>

/** More than this not yet drawn, and the present screen is asked for instead of all that led to it. */
const MOST_WAITING = 4_000_000

/**
 * Another terminal's screen, to be drawn on this one. Nothing that its program prints gets through: only characters and their
 * colours do, so it can set no title, fill no clipboard, ask this terminal nothing, and leave nothing switched on.
 */
export class TerminalMirror {
  #terminal: Terminal | undefined
  #waiting = 0
  #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get size(): Size | undefined {
    return this.#terminal && { cols: this.#terminal.cols, rows: this.#terminal.rows }
  }

  /** All that has come is on it. */
  get isDrawn(): boolean {
    return this.#terminal !== undefined && this.#waiting === 0
  }

  /** Its program tells pasted text from typed. */
  get takesPaste(): boolean {
    return this.#terminal?.modes.bracketedPasteMode ?? false
  }

  /** So much has come that drawing it all would take too long. */
  get isBehind(): boolean {
    return this.#waiting > MOST_WAITING
  }

  /** In the middle of an update that its program wants to be seen at once. */
  get isUpdating(): boolean {
    return this.#terminal?.modes.synchronizedOutputMode ?? false
  }

  show(bytes: Uint8Array, { cols, rows }: Size): void {
    this.#terminal?.dispose()
    this.#terminal = new headless.Terminal({ cols, rows, scrollback: 0, allowProposedApi: true, logLevel: 'off' })
    guard(this.#terminal)
    this.#waiting = 0
    this.write(bytes)
  }

  write(bytes: Uint8Array): void {
    const terminal = this.#terminal
    this.#waiting += bytes.length
    terminal?.write(bytes.slice(), () => {
      if (terminal !== this.#terminal) return
      this.#waiting -= bytes.length
      this.#changed()
    })
  }

  resize({ cols, rows }: Size): void {
    const terminal = this.#terminal
    terminal?.write('', () => {
      terminal.resize(cols, rows)
      this.#changed()
    })
  }

  /** What fits into `cols` × `rows` of the screen, with the cursor in sight, and where that is. */
  draw(cols: number, rows: number): { lines: string[]; cursor: { x: number; y: number } | undefined } {
    const terminal = this.#terminal
    if (!terminal) return { lines: [], cursor: undefined }
    const { active } = terminal.buffer
    const cell = active.getNullCell()
    const first = Math.max(0, Math.min(terminal.rows - rows, active.cursorY - rows + 1))
    const count = Math.min(rows, terminal.rows)
    const width = Math.min(cols, terminal.cols)
    const lines = Array.from({ length: count }, (_, y) => rowOf(active.getLine(active.baseY + first + y), width, cell))
    const cursor = { x: Math.min(active.cursorX, terminal.cols - 1), y: active.cursorY - first }
    const isInSight = !isCursorHidden(terminal) && cursor.x < cols && cursor.y < rows
    return { lines, cursor: isInSight ? cursor : undefined }
  }

  /** What this terminal must be switched to for its keys to mean to the program what they say. */
  keyModes(): string {
    const { applicationCursorKeysMode, applicationKeypadMode } = this.#terminal?.modes ?? {}
    return (applicationCursorKeysMode ? '\x1b[?1h' : '\x1b[?1l') + (applicationKeypadMode ? '\x1b=' : '\x1b>')
  }
}

/** One row's characters and colours, without the empty rest. */
function rowOf(line: Line, cols: number, cell: Cell): string {
  let [text, kept, pen] = ['', 0, '']
  for (let x = 0; line && x < cols; x += cell.getWidth() || 1) {
    line.getCell(x, cell)
    const look = sgr(cell as unknown as Pen) // xterm's cells are pens plus characters
    if (look !== pen) text += look
    pen = look
    const chars = cell.getChars().replace(steering, '')
    const fits = x + cell.getWidth() <= cols
    text += chars && fits ? chars : ' '.repeat(cell.getWidth() || 1)
    // Where terminals may differ on how wide something is, the next character says its own place.
    if (chars.length > 1 || cell.getWidth() > 1) text += `\x1b[${x + (cell.getWidth() || 1) + 1}G`
    if ((chars && chars !== ' ') || look !== PLAIN) kept = text.length
  }
  return text.slice(0, kept)
}

const PLAIN = '\x1b[0m'

function isCursorHidden(terminal: Terminal): boolean {
  const core = (terminal as unknown as { _core: { coreService: { isCursorHidden: boolean } } })._core // a field of the pinned xterm
  return core.coreService.isCursorHidden
}

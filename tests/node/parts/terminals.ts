import headless from '@xterm/headless'
import { guard } from '../../../client/screen-guard.ts'
import { keepColours } from './same-screen.ts'

export type Terminal = InstanceType<typeof headless.Terminal>

/** A terminal as a viewer has it. */
export function viewer(cols: number, rows: number): Terminal {
  const terminal = new headless.Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true, logLevel: 'off' })
  guard(terminal)
  keepColours(terminal)
  return terminal
}

export function show(terminal: Terminal, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => terminal.write(bytes, resolve))
}

/** All that a person sees, cell by cell, with what the terminal answers about what they do not see. */
export async function looks(terminal: Terminal) {
  const buffer = terminal.buffer.active
  const lines = Array.from({ length: buffer.length }, (_, y) => lineOf(terminal, y))
  while (lines.at(-1) === '' && lines.length > buffer.cursorY + buffer.baseY + 1) lines.pop()
  return {
    type: buffer.type,
    lines,
    x: buffer.cursorX,
    y: buffer.cursorY,
    modes: terminal.modes,
    answers: await answers(terminal),
  }
}

function lineOf(terminal: Terminal, y: number): string {
  const line = terminal.buffer.active.getLine(y)
  const cells = Array.from({ length: terminal.cols }, (_, x) => line?.getCell(x))
  const texts = cells.map((cell) => {
    if (!cell || cell.getWidth() === 0) return ''
    const colours = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()]
    const flags = [
      cell.isBold(),
      cell.isDim(),
      cell.isItalic(),
      cell.isUnderline(),
      cell.isBlink(),
      cell.isInverse(),
      cell.isInvisible(),
    ]
    const style = [...colours, ...flags, cell.isStrikethrough(), cell.isOverline()].map(Number).join()
    return `${cell.getChars() || ' '}${style.replaceAll(/-1|0|,/g, '') ? `{${style}}` : ''}`
  })
  // That the first line is the rest of one that has gone cannot be seen.
  return `${line?.isWrapped && y > 0 ? '↳' : ''}${texts.join('').trimEnd()}`
}

/** Cursor, cursor shown, mouse encoding, origin, autowrap; scroll region, cursor style, pen. */
const QUESTIONS =
  '\x1b[6n\x1b[?25$p\x1b[?1006$p\x1b[?1016$p\x1b[?1002$p\x1b[?6$p\x1b[?7$p\x1bP$qr\x1b\\\x1bP$q q\x1b\\\x1bP$qm\x1b\\'

async function answers(terminal: Terminal): Promise<string> {
  let said = ''
  const listening = terminal.onData((data) => {
    said += data
  })
  await show(terminal, QUESTIONS)
  listening.dispose()
  return said
}

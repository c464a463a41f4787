import { linesOf } from '../client/paste.ts'
import type { Size } from './context.ts'
import { shorten, wide } from './look.ts'
import { visible } from './visible.ts'

/** Something to be decided before it is done: `yes` does it. With `pasted`, whether to paste that. */
export type Question = { text: string; pasted?: string; yes: () => void }

const MOST_SHOWN = 5
const ENTER = 0x0d
const ESC = 0x1b
const CTRL_C = 0x03

/** What a key says to a question: Enter and y are a yes, Esc, n and Ctrl-C a no, and any other key says nothing. */
export function answerIn(keys: Uint8Array): boolean | undefined {
  const [key = 0] = keys
  if (key === ENTER || key === 'y'.charCodeAt(0)) return true
  const isEsc = key === ESC && keys.length === 1 // otherwise an arrow, or another key of several bytes
  return isEsc || key === CTRL_C || key === 'n'.charCodeAt(0) ? false : undefined
}

export function toPaste(pasted: string, yes: () => void): Question {
  const lines = linesOf(pasted).length
  return { text: `Paste ${lines} ${lines === 1 ? 'line' : 'lines'}? Enter pastes, Esc does not`, pasted, yes }
}

export const toTakeOver = (who: string, yes: () => void): Question => ({
  text: `${who} types: take over? Enter takes over, Esc does not`,
  yes,
})

/** The first lines of what is to be pasted, over the last rows of the screen. Inverse, as they are not the program's. */
export function preview({ pasted }: Question, { cols, rows }: Size): string[] {
  if (pasted === undefined) return []
  const lines = linesOf(pasted)
  const room = Math.min(MOST_SHOWN, rows - 1)
  const shown = lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`] : lines
  return shown.map((line) => inverse(` │ ${visible(line.slice(0, cols)).replaceAll('\t', ' ')}`, cols))
}

function inverse(text: string, cols: number): string {
  const cut = shorten(text, cols)
  return `\x1b[7m${cut}${' '.repeat(Math.max(0, cols - wide(cut)))}`
}

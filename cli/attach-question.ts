import { linesOf } from '../client/paste.ts'
import type { Size } from './context.ts'
import { shorten, wide } from './look.ts'
import { visible } from './visible.ts'

/** Something to be decided before it is done: `yes` does it. With `pasted`, whether to paste that. */
export type Question = { text: string; pasted?: string; yes: () => void }

const MOST_SHOWN = 5
/** A key of several bytes: an arrow, or one with Alt. */
const LONG_KEY = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~]|[^\x1b[O])/

/** What keys say to a question, and those after that: Enter is a yes, Esc and Ctrl-C are a no, and others say nothing. */
export function answerIn(keys: Uint8Array): { answer: boolean; rest: Uint8Array } | undefined {
  const text = Buffer.from(keys).toString('latin1') // a character for each byte
  for (let at = 0; at < text.length; ) {
    const long = LONG_KEY.exec(text.slice(at))?.[0].length
    const [key, rest] = [text[at], keys.subarray(at + 1)]
    if (!long && key === '\r') return { answer: true, rest }
    if (!long && (key === '\x1b' || key === '\x03')) return { answer: false, rest }
    at += long ?? 1
  }
  return undefined
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

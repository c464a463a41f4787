import type { ReadStream } from 'node:tty'

const ENTER = /[\r\n]/
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'
const BACKSPACES = ['\u0008', '\u007f']
/** What terminals put around a text that is pasted, and the keys that move a cursor. */
const SEQUENCES = /\u001b\[[\d;?]*[~A-Za-z]|\u001bO./g

/** Asks on `say`, and reads a line that is not shown while it is typed. Undefined: it was broken off. */
export async function readHidden(
  input: ReadStream,
  say: (text: string) => void,
  question: string,
): Promise<string | undefined> {
  const before = input.isRaw
  input.setRawMode(true) // before the question: whoever answers fast would see the answer
  input.setEncoding('utf8')
  say(question)
  try {
    let typed = ''
    for await (const chunk of input.iterator({ destroyOnReturn: false })) {
      for (const key of String(chunk).replaceAll(SEQUENCES, '')) {
        if (key === CTRL_C || key === CTRL_D) return undefined
        if (ENTER.test(key)) return typed
        if (BACKSPACES.includes(key)) typed = typed.slice(0, -1)
        else if (key === CTRL_U) typed = ''
        else if (key >= ' ') typed += key
      }
    }
    return typed
  } finally {
    input.setRawMode(before)
    input.pause()
    say('\n')
  }
}

import { partOfCharacter } from '../client/screen-guard.ts'

const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a

/**
 * How many bytes at the end of `output` belong to an escape sequence or a character that is not whole yet.
 *
 * A snapshot holds nothing of them: their effect comes with the rest. So output that goes on after a snapshot starts with them.
 * Sequences opened by a C1 byte (0x9b for ESC [) are not looked for: no program that speaks UTF-8 sends them.
 */
export function unfinished(output: Uint8Array): number {
  const last = output.lastIndexOf(ESC)
  // ESC ends whatever was open, so what comes before the last one does not matter.
  if (last >= 0 && isOpen(output, last + 1)) return output.length - last
  return partOfCharacter(output)
}

function isOpen(output: Uint8Array, start: number): boolean {
  let at = start
  while (at < output.length && isBetween(output[at]!, 0x20, 0x2f)) at++
  if (at === output.length) return true
  if (at > start) return false
  const final = String.fromCharCode(output[at]!)
  if (final === '[') return !some(output, at + 1, (byte) => byte >= 0x40 || isAbort(byte))
  if (final === ']')
    return !some(output, at + 1, (byte, before) => byte === BEL || isAbort(byte) || isStop(byte, before))
  if ('PX^_'.includes(final)) return !some(output, at + 1, (byte, before) => isAbort(byte) || isStop(byte, before))
  return false
}

function some(output: Uint8Array, start: number, ends: (byte: number, before: number) => boolean): boolean {
  for (let at = start; at < output.length; at++) if (ends(output[at]!, output[at - 1]!)) return true
  return false
}

const isBetween = (byte: number, low: number, high: number) => byte >= low && byte <= high
const isAbort = (byte: number) => byte === CAN || byte === SUB
/** The string terminator as one character, U+009C. */
const isStop = (byte: number, before: number) => byte === 0x9c && before === 0xc2

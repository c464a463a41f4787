const BITS = 6
const MASK = (1 << (3 * BITS)) - 1
/** Letters and the signs of hints each for itself, digits as one, all else as another: 6 bits. */
const kinds = new Uint8Array(128)
for (const [i, char] of [...'0ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.:/=~ '].entries())
  kinds[char.charCodeAt(0)] = i + 1
/** The kinds up to here. */
const ALPHANUMERIC = 53
/** From here on a word may be something encoded. */
export const LONG_WORD = 20
for (const digit of '123456789') kinds[digit.charCodeAt(0)] = 1
const ESCAPING = 62
const BROKEN = 63
for (const char of '\\%&') kinds[char.charCodeAt(0)] = ESCAPING
const AMPERSAND = 38
/** What may follow in `&quot;` or `&#34;`, and not in `a && b`. */
const isName = (code: number) => code === 35 || (code >= 97 && code <= 122)
for (const char of '\r\n\x1b\0') kinds[char.charCodeAt(0)] = BROKEN

/** What to look for: each in its own case, and those that may be in any. */
export type Hints = { exact?: readonly string[]; words?: readonly string[] }

/**
 * Which of `all` a text may hold, as bits; a bit is shared by every 28th. Never wrong when it says no, seldom when it says
 * yes. One look at each character instead of one for each hint: it knows three characters on end of each.
 */
export function scanFor(all: Hints[]): (text: string) => number {
  const marks = new Int32Array(MASK + 1)
  // Whether there are any: a bit each, which a processor keeps at hand where the marks themselves are too many.
  const any = new Int32Array((MASK + 1) >> 5)
  for (const [i, { exact = [], words = [] }] of all.entries())
    for (const three of [...exact.map(rarest), ...words.map(rarest).flatMap(inAnyCase)]) {
      const number = numberOf(three)
      marks[number]! |= bitOf(i)
      any[number >> 5]! |= 1 << number
    }
  return (text) => {
    let found = 0
    let three = 0
    let word = 0 // where the one begins that is read
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      const kind = code < 128 ? kinds[code]! : BROKEN
      three = ((three << BITS) | kind) & MASK
      if ((any[three >> 5]! >> three) & 1) found |= marks[three]!
      if (kind > 0 && kind <= ALPHANUMERIC) continue
      if (at - word >= LONG_WORD) found |= hasLongWord
      word = at + 1
      if (kind === BROKEN) found |= hasBreak
      else if (kind === ESCAPING && !(code === AMPERSAND && !isName(text.charCodeAt(at + 1)))) found |= hasEscape
    }
    return text.length - word >= LONG_WORD ? found | hasLongWord : found
  }
}

/** The bit of what stands at `index`. */
export const bitOf = (index: number): number => 1 << (index % 28)
/** Beside those: that there is something by which others write a character, the end of a line or what cannot be seen, a long word. */
export const hasEscape = 1 << 28
export const hasBreak = 1 << 29
export const hasLongWord = 1 << 30

/** Those three of its characters that ordinary text has least. */
function rarest(word: string): string {
  if (word.length < 3) throw new Error(`${word} is too short to look for`)
  const all = Array.from({ length: word.length - 2 }, (_, at) => word.slice(at, at + 3))
  return all.sort((a, b) => rarityOf(b) - rarityOf(a))[0]!
}

const rarityOf = (three: string) =>
  three.replace(/[^bhwykvxjqzA-Z0-9_~.:=/-]/g, '').length + three.replace(/[^xjqzA-Z0-9_~=]/g, '').length

function inAnyCase(text: string): string[] {
  if (text === '') return ['']
  const rest = inAnyCase(text.slice(1))
  return [text[0]!.toLowerCase(), text[0]!.toUpperCase()].flatMap((first) => rest.map((one) => first + one))
}

function numberOf(three: string): number {
  let number = 0
  for (const char of three) number = (number << BITS) | kinds[char.charCodeAt(0)]!
  return number
}

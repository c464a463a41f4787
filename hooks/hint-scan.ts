const BITS = 6
const MASK = (1 << (3 * BITS)) - 1
/** Letters and the signs of hints each for itself, digits as one, all else as another: 6 bits. */
const kinds = new Uint8Array(128)
for (const [i, char] of [...'0ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.:/=~ '].entries())
  kinds[char.charCodeAt(0)] = i + 1
/** The kinds up to here. */
const ALPHANUMERIC = 53
for (const digit of '123456789') kinds[digit.charCodeAt(0)] = 1

/** What to look for: each in its own case, and those that may be in any. */
export type Hints = { exact?: readonly string[]; words?: readonly string[] }

/**
 * Which of `all` a text may hold, as bits; a bit is shared by every 31st. Never wrong when it says no, seldom when it says
 * yes. One look at each character instead of one for each hint: it knows three characters on end of each.
 */
export function scanFor(all: Hints[]): (text: string) => number {
  const marks = new Int32Array(MASK + 1)
  for (const [i, { exact = [], words = [] }] of all.entries())
    for (const three of [...exact.map(rarest), ...words.map(rarest).flatMap(inAnyCase)])
      marks[numberOf(three)]! |= bitOf(i)
  return (text) => {
    let found = 0
    let three = 0
    for (let at = 0; at < text.length; at++) {
      three = ((three << BITS) | kinds[text.charCodeAt(at) & 127]!) & MASK
      found |= marks[three]!
    }
    return found
  }
}

/** The bit of what stands at `index`. */
export const bitOf = (index: number): number => 1 << (index % 31)

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

/** Whether so many letters and digits stand on end anywhere in `text`. */
export function hasWordOf(length: number, text: string): boolean {
  let run = 0
  for (let at = 0; at < text.length; at++) {
    const kind = kinds[text.charCodeAt(at) & 127]!
    run = kind > 0 && kind <= ALPHANUMERIC ? run + 1 : 0
    if (run === length) return true
  }
  return false
}

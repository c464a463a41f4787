/** A character set replaces characters; without one, they are themselves. */
export type Charset = { [character: string]: string } | undefined
export type Charsets = { charset: Charset; glevel: number; _charsets: Charset[] }

/** Makes G0 such a set, and plain again. Others than line drawing, which ncurses draws boxes with, and the British one, no program uses now. */
export function asCharset(charset: Charset): [begin: string, end: string] {
  const name = nameOf(charset)
  return name === PLAIN ? ['', ''] : [`\x1b(${name}`, `\x1b(${PLAIN}`]
}

/** The four sets, and the one of them in use. */
export function designated({ glevel, _charsets }: Charsets): string {
  const sets = [...'()*+'].map((slot, level) => {
    const name = nameOf(_charsets[level])
    return name === PLAIN ? '' : `\x1b${slot}${name}`
  })
  return sets.join('') + ['', '\x0e', '\x1bn', '\x1bo'][glevel]
}

/** The one in use came back with a saved cursor, and is none of the four. */
export function isBorrowed({ charset, glevel, _charsets }: Charsets): boolean {
  return nameOf(charset) !== nameOf(_charsets[glevel])
}

const PLAIN = 'B'

function nameOf(charset: Charset): string {
  if (charset?.['`'] === '◆') return '0'
  return charset?.['#'] === '£' ? 'A' : PLAIN
}

// What an agent prints may try to hide or to reorder what a person reads; every such character gets a visible stand-in.
const hiding = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** `text` with control and bidi characters shown as what they are: `␛`, `⟨U+202E⟩`. Line ends and tabs stay. */
export function visible(text: string): string {
  return text.replace(hiding, (character) => {
    if (character === '\n' || character === '\t' || character === '\u200d') return character // the last joins emoji
    const code = character.codePointAt(0)!
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    if (code === 0x7f) return '␡'
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}

/** The same on one line. */
export const visibleLine = (text: string) => visible(text.replace(/\s*\n\s*/g, ' ↵ '))

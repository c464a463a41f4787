import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Part, PasteReader } from '../../cli/paste-reader.ts'
import { isTooLong, keysOf, linesOf, MOST_PASTED, wantsAsking } from '../../client/paste.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (part: Part) => ('keys' in part ? `keys ${new TextDecoder().decode(part.keys)}` : `paste ${part.pasted}`)
const read = (...chunks: string[]) => {
  const reader = new PasteReader()
  return chunks.flatMap((chunk) => reader.read(bytes(chunk))).map(text)
}
const typed = (pasted: string, marked = false) => new TextDecoder().decode(keysOf(pasted, marked))

describe('a paste', () => {
  test('of several lines is asked about, however they end; of one it is not', () => {
    for (const one of ['', 'ls', 'ls\n', 'ls\r\n', '\n']) expect(wantsAsking(one)).toBe(false)
    for (const several of ['a\nb', 'a\r\nb', 'a\rb', '\nb', 'a\n\n']) expect(wantsAsking(several)).toBe(true)
    expect(linesOf('a\r\n\nb\rc\n')).toEqual(['a', '', 'b', 'c'])
  })
  test('that a terminal cannot take at once is asked about, on one line as well', () => {
    expect(wantsAsking('x'.repeat(MOST_PASTED))).toBe(false)
    expect(isTooLong('ä'.repeat(MOST_PASTED / 2 + 1))).toBe(true)
    expect(wantsAsking('x'.repeat(MOST_PASTED + 1))).toBe(true)
  })
  test('presses Enter at the ends of lines and no other key', () => {
    expect(typed('a\tb\r\nc\nd\re')).toBe('a\tb\rc\rd\re')
    expect(typed('\x03\x1b[A\x7f\u009b')).toBe('␃␛[A␡\ufffd')
  })
  test('cannot end itself, to be typed from there on', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\x1b[201~', '\x1b', '[201~', '\u009b', 'x', '\n')), (pieces) => {
        const keys = typed(pieces.join(''), true)
        expect(keys.indexOf('\x1b[201~')).toBe(keys.length - 6)
      }),
    ))
})

describe('what comes from a terminal', () => {
  test('is told apart into keys and what was pasted', () => {
    expect(read('ls\x1b[200~a\nb\x1b[201~\r')).toEqual(['keys ls', 'paste a\nb', 'keys \r'])
    expect(read('\x1b[200~\x1b[201~')).toEqual(['paste '])
    expect(read('\x1b', '\x1b[', '\x1b[A', '\x1b[20~')).toEqual([
      'keys \x1b',
      'keys \x1b[',
      'keys \x1b[A',
      'keys \x1b[20~',
    ])
  })
  test('is so wherever it is cut', () =>
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 5 })),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (lines, sizes) => {
          const pasted = lines.join('\n').replaceAll('\x1b', '')
          const data = bytes(`\x1b[200~${pasted}\x1b[201~x`)
          const reader = new PasteReader()
          const parts: string[] = []
          // A mark is written at once, so a cut within its first three bytes is not to be had.
          for (let at = 0, end = 3; at < data.length; at = end, end = at + sizes.next().value!) {
            parts.push(...reader.read(data.subarray(at, end)).map(text))
          }
          expect(parts).toEqual([`paste ${pasted}`, 'keys x'])
        },
      ),
    ))
  test('was pasted, where a terminal marks nothing and several lines come at once', () => {
    expect(read('ls\rcd\r')).toEqual(['paste ls\rcd\r'])
    expect(read('y\r', '\r\r', '\rls', '\x1b[A\r\x1b[A\r')).toEqual([
      'keys y\r',
      'keys \r\r',
      'keys \rls',
      'keys \x1b[A\r\x1b[A\r',
    ])
    expect(read('\x1b[200~x\x1b[201~', 'ls\rcd\r')).toEqual(['paste x', 'keys ls\rcd\r'])
  })
})

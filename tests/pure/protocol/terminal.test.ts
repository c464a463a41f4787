import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeTerminal, encodeTerminal, SEALED, terminalKinds } from '../../../protocol/terminal.ts'

const u16 = fc.integer({ min: 0, max: 2 ** 16 - 1 })
const { output, snapshot, input, ...open } = terminalKinds
const kinds = fc.oneof(
  fc.record({ kind: fc.constantFrom(...Object.values(terminalKinds)), sealed: fc.constant(false) }),
  fc.record({ kind: fc.constantFrom(output, snapshot, input), sealed: fc.constant(true) }),
)
const rest = fc.record({
  viewer: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  offset: fc.oneof(fc.maxSafeNat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER)),
  cols: u16,
  rows: u16,
  bytes: fc.uint8Array({ maxLength: 300 }),
})
const frame = fc.tuple(kinds, rest).map(([kind, more]) => ({ ...kind, ...more }))

describe('a frame of a terminal', () => {
  test('comes out as it went in', () =>
    fc.assert(
      fc.property(frame, (sent) => {
        expect(decodeTerminal(encodeTerminal(sent))).toEqual(sent)
      }),
    ))
  test('is read in the middle of a larger buffer as well', () =>
    fc.assert(
      fc.property(frame, fc.integer({ min: 0, max: 20 }), (sent, before) => {
        const data = encodeTerminal(sent)
        const buffer = new Uint8Array(before + data.length)
        buffer.set(data, before)
        expect(decodeTerminal(buffer.subarray(before))).toEqual(sent)
      }),
    ))
  test('has nothing where nothing was said', () =>
    expect(decodeTerminal(encodeTerminal({ kind: terminalKinds.join }))).toEqual({
      kind: 6,
      sealed: false,
      viewer: 0,
      offset: 0,
      cols: 0,
      rows: 0,
      bytes: new Uint8Array(),
    }))
  test('is nothing when it is too short or of no known kind', () => {
    expect(decodeTerminal(new Uint8Array(16).fill(1))).toBeUndefined()
    for (const kind of [0, 10, 255]) expect(decodeTerminal(new Uint8Array(17).fill(kind))).toBeUndefined()
  })
  test('can be sealed only where its bytes are the terminal’s own', () => {
    for (const kind of [...Object.values(open), 0, 10]) {
      expect(decodeTerminal(new Uint8Array(17).fill(kind | SEALED))).toBeUndefined()
    }
  })
  test('is never read past its end', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
        const read = decodeTerminal(data)
        if (read) expect(read.bytes.length).toBe(data.length - 17)
      }),
    ))
})

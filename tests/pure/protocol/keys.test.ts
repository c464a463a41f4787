import { randomBytes, randomInt } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyKinds, kindOf, newKey } from '../../../protocol/keys.ts'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const word = (length: number) => Array.from({ length }, () => letters[randomInt(62)]).join('')

describe('a key', () => {
  test.each(keyKinds)('of a %s says so', (kind) => {
    const key = newKey(kind, randomBytes(64))
    expect(key).toMatch(new RegExp(`^mst_${kind}_[0-9A-Za-z]{38}$`))
    expect(kindOf(key)).toBe(kind)
  })
  test('is another each time', () => {
    const keys = new Set(Array.from({ length: 10_000 }, () => newKey('session', randomBytes(64))))
    expect(keys.size).toBe(10_000)
  })
  test('has no byte that favours a letter', () => {
    const key = newKey(
      'hook',
      Uint8Array.from({ length: 256 }, (_, i) => 255 - i),
    )
    expect(key.slice('mst_hook_'.length, 'mst_hook_'.length + 3)).toBe('zyx') // 255 to 248 were skipped
  })
  test('made of too little randomness is none', () => expect(kindOf(newKey('person', randomBytes(16)))).toBeUndefined())
})

describe('what looks like a key', () => {
  test('is told apart without asking anyone: none of 10,000 pass', () => {
    const passed = Array.from({ length: 10_000 }, () => `mst_person_${word(38)}`).filter(kindOf)
    expect(passed).toEqual([])
  })
  test('is none with a single letter mistyped', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 37 }), fc.integer({ min: 1, max: 61 }), (at, by) => {
        const key = newKey('person', randomBytes(64))
        const place = 'mst_person_'.length + at
        const other = letters[(letters.indexOf(key[place]!) + by) % 62]
        expect(kindOf(key.slice(0, place) + other + key.slice(place + 1))).toBeUndefined()
      }),
    ))
  test('is none as the key of another kind', () => {
    const key = newKey('hook', randomBytes(64))
    for (const kind of keyKinds.filter((other) => other !== 'hook'))
      expect(kindOf(key.replace('hook', kind))).toBeUndefined()
  })
  test('is none in anything else', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(kindOf(text)).toBeUndefined()
      }),
    ))
})

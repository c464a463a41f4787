import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ring } from '../../local-spawner/ring.ts'

test('a ring gives back the last bytes by their offsets, however they came', () => {
  const writes = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 })
  fc.assert(
    fc.property(writes, fc.integer({ min: 1, max: 32 }), fc.nat(), fc.nat(50), (chunks, capacity, pick, limit) => {
      const ring = new Ring(capacity)
      for (const chunk of chunks) ring.push(chunk)
      const all = Buffer.concat(chunks)
      expect(ring.head).toBe(all.length)
      expect(ring.floor).toBe(Math.max(0, all.length - capacity))
      const from = ring.floor + (pick % (ring.head - ring.floor + 1))
      expect(ring.read(from, limit)).toEqual(all.subarray(from, from + limit))
    }),
  )
})

test('what a ring gave stays as it was when the ring turns', () => {
  const ring = new Ring(4)
  ring.push(Buffer.from('abcd'))
  const read = ring.read(0)
  ring.push(Buffer.from('efgh'))
  expect(read.toString()).toBe('abcd')
})

test('a ring refuses offsets it does not hold', () => {
  const ring = new Ring(4)
  ring.push(Buffer.from('abcdef'))
  expect(() => ring.read(1)).toThrow('Offset 1 is not in the ring, which holds 2 to 6')
  expect(() => ring.read(7)).toThrow('Offset 7')
  expect(ring.read(6)).toHaveLength(0)
})

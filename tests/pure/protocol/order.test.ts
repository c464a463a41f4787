import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { circleAmong, type Knot, levels, longestChain, topologicalOrder } from '../../../protocol/order.ts'

/** Up to 12 knots without a circle, in any order: each needs only such as have a smaller number. */
const acyclic: fc.Arbitrary<Knot[]> = fc
  .array(fc.array(fc.nat(11), { maxLength: 4 }), { maxLength: 12 })
  .map((all) => all.map((needs, n) => ({ id: `${n}`, needs: needs.filter((need) => need < n).map(String) })))
  .chain((knots) => fc.shuffledSubarray(knots, { minLength: knots.length }))
/** Any needs at all, circles and strangers too. */
const any: fc.Arbitrary<Knot[]> = fc
  .array(fc.array(fc.nat(11), { maxLength: 3 }), { maxLength: 9 })
  .map((all) => all.map((needs, n) => ({ id: `${n}`, needs: needs.map(String) })))

const chain = (count: number): Knot[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${n}`, needs: n ? [`${n - 1}`] : [] })).reverse()
const knot = (id: string, ...needs: string[]): Knot => ({ id, needs })

describe('the topological order', () => {
  test('has each once, after all it needs', () =>
    fc.assert(
      fc.property(acyclic, (knots) => {
        const order = topologicalOrder(knots)
        expect([...order].sort()).toEqual(knots.map(({ id }) => id).sort())
        for (const { id, needs } of knots)
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id))
      }),
    ))
  test('is otherwise as given', () => {
    expect(topologicalOrder([knot('c'), knot('a'), knot('b')])).toEqual(['c', 'a', 'b'])
    expect(topologicalOrder([knot('c'), knot('a', 'b', 'z'), knot('b')])).toEqual(['c', 'b', 'a'])
  })
  test('of 10,000 in a chain is found', () => expect(topologicalOrder(chain(10_000))[9_999]).toBe('9999'))
})

describe('a circle', () => {
  test('is found exactly when there is one, and is one', () =>
    fc.assert(
      fc.property(any, (knots) => {
        const circle = circleAmong(knots)
        expect(circle !== undefined).toBe(knots.some(({ id }) => reaches(knots, id, id)))
        for (const [at, id] of (circle ?? []).slice(0, -1).entries())
          expect(knots.find((one) => one.id === id)?.needs).toContain(circle![at + 1])
        if (circle) expect(circle.at(-1)).toBe(circle[0])
      }),
    ))
  test('is named from one to the same', () => {
    expect(circleAmong([knot('d', 'a'), knot('a', 'b'), knot('b', 'c'), knot('c', 'a')])).toEqual(['a', 'b', 'c', 'a'])
    expect(circleAmong([knot('a', 'a')])).toEqual(['a', 'a'])
  })
  test('of 10,000 is found', () => {
    const knots = chain(10_000).map((one) => (one.id === '0' ? knot('0', '9999') : one))
    expect(circleAmong(knots)).toHaveLength(10_001)
  })
})

describe('levels', () => {
  test('are one more than the highest of what is needed', () =>
    fc.assert(
      fc.property(acyclic, (knots) => {
        const found = levels(knots)
        for (const { id, needs } of knots)
          expect(found.get(id)).toBe(Math.max(-1, ...needs.map((need) => found.get(need)!)) + 1)
      }),
    ))
})

describe('the longest chain', () => {
  test('is a way through needs that no other outweighs', () =>
    fc.assert(
      fc.property(acyclic, fc.array(fc.nat(5), { minLength: 12, maxLength: 12 }), (knots, weights) => {
        const weightOf = (id: string) => weights[Number(id)]!
        const found = longestChain(knots, weightOf)
        for (const [at, id] of found.slice(1).entries())
          expect(knots.find((one) => one.id === id)?.needs).toContain(found[at])
        const weight = (ids: string[]) => ids.reduce((sum, id) => sum + weightOf(id), 0)
        expect(weight(found)).toBe(Math.max(0, ...everyChain(knots).map(weight)))
      }),
    ))
  test('counts one for each unless told otherwise', () => {
    const knots = [knot('a'), knot('b', 'a'), knot('c', 'b'), knot('d', 'a')]
    expect(longestChain(knots)).toEqual(['a', 'b', 'c'])
    expect(longestChain(knots, (id) => (id === 'd' ? 9 : 1))).toEqual(['a', 'd'])
    expect(longestChain([])).toEqual([])
  })
  test('of 10,000 is found', () => expect(longestChain(chain(10_000))).toHaveLength(10_000))
})

/** By trying every way, as only a few knots allow. */
function everyChain(knots: Knot[]): string[][] {
  const upTo = (id: string): string[][] => {
    const needs = knots.find((one) => one.id === id)!.needs
    return [[id], ...needs.flatMap(upTo).map((way) => [...way, id])]
  }
  return knots.flatMap(({ id }) => upTo(id))
}

function reaches(knots: Knot[], from: string, to: string): boolean {
  const needs = (id: string) => knots.find((one) => one.id === id)?.needs ?? []
  const seen = new Set<string>(needs(from))
  for (const id of seen) for (const need of needs(id)) seen.add(need)
  return seen.has(to)
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSpoolName } from '../../hooks/spool.ts'
import { type Item, inOrder, Waiting } from '../../local-spawner/spool-order.ts'

const uuid = '59f7648d-336f-4360-9b66-ef75b407e246'
/** A file of a hook with process `pid`, from `at` ms, found at `taken` ms. */
const item = (at: number, pid: number, taken = 0): Item => {
  const name = `sess_4hq1w8ze.claude-code.${pid}-${uuid}.json`
  return { name, path: name, at: BigInt(at) * 1_000_000n, read: readSpoolName(name, at)!, taken }
}
const all = (waiting: Waiting) => {
  const out: Item[] = []
  for (let one = waiting.take(); one; one = waiting.take()) out.push(one)
  return out
}

describe('what waits in the spool', () => {
  test('is in the order of its time, and within one tick of the clock in that of its processes', () => {
    const found = [item(8, 20), item(4, 900), item(8, 3), item(4, 1_000), item(12, 1)]
    expect(found.sort(inOrder).map(({ read }) => read.pid)).toEqual([900, 1_000, 3, 20, 1])
  })

  test('keeps the order in which it was found, when the clock is set back an hour meanwhile', () => {
    const waiting = new Waiting()
    const hour = 3_600_000
    for (const one of [item(hour, 1, 0), item(hour + 10, 2, 10), item(5_000, 3, 5_000), item(5_010, 4, 5_010)])
      waiting.add(one)
    expect(all(waiting).map(({ read }) => read.pid)).toEqual([1, 2, 3, 4])
  })

  test('gives way to an earlier hook that shows its file a moment later', () => {
    const waiting = new Waiting()
    for (const one of [item(10, 1, 10), item(30, 3, 30), item(20, 2, 31)]) waiting.add(one)
    expect(all(waiting).map(({ read }) => read.pid)).toEqual([1, 2, 3])
  })

  test('comes out whole and sorted, whatever is taken in between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(50))), (steps) => {
        const waiting = new Waiting()
        const out: Item[] = []
        let added = 0
        for (const at of steps) {
          if (at === null) out.push(...[waiting.take()].filter((one) => one !== undefined))
          else waiting.add(item(at, added++))
          expect(waiting.size).toBe(added - out.length)
        }
        const rest = all(waiting)
        expect(rest).toEqual([...rest].sort(inOrder))
        expect(new Set([...out, ...rest]).size).toBe(added)
      }),
    )
  })

  test('may be many: a hundred thousand in order are no slower for it', () => {
    const waiting = new Waiting()
    const one = item(0, 1)
    const began = performance.now()
    for (let n = 0; n < 100_000; n++) waiting.add({ ...one, at: BigInt(n) })
    expect(all(waiting)).toHaveLength(100_000)
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

import { expect, test } from 'vitest'
import { Pace } from '../../local-spawner/pace.ts'

test('the first bytes after quiet go at once, however many', () => {
  const pace = new Pace()
  expect(pace.wait(1_000_000, 0)).toBe(0)
  expect(pace.wait(1_000_000, 100)).toBe(0)
})

test('typing and small redraws are never held back', () => {
  const pace = new Pace()
  for (let now = 0; now < 8; now++) expect(pace.wait(200, now)).toBe(0)
})

test('a flood goes out once per window of 8 ms', () => {
  const pace = new Pace()
  expect(pace.wait(30_000, 0)).toBe(0)
  expect(pace.wait(30_000, 2)).toBe(6)
  expect(pace.wait(90_000, 8)).toBe(0)
  expect(pace.wait(1, 9)).toBe(7)
})

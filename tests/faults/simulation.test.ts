import { expect, test } from 'vitest'
import { again, brokenIn, playAll } from './simulation/rounds.ts'
import kept from './simulation/seeds.json' with { type: 'json' }

// `npm run faults:simulate` plays a million events.
test('whatever dies, is cut off, comes late, twice or never: every promise holds, and a seed is always the same story', {
  timeout: 300_000,
}, async () => {
  const seeds = kept.map(({ seed, events }) => ({ seed, events }))
  const results = await playAll([
    ...seeds,
    { seed: 11, events: 8_000 },
    { seed: 12, events: 3_000 },
    { seed: 12, events: 3_000 },
  ])
  expect(
    results.filter((result) => brokenIn(result).length > 0).map((result) => [again(result), ...brokenIn(result)]),
  ).toEqual([])
  const [one, same] = results.slice(-2)
  expect(one!.hash).toBe(same!.hash)
  expect(results[0]!.hash).not.toBe(one!.hash)
  for (const what of [
    'serverDeaths',
    'daemonDeaths',
    'absorbed',
    'lostRequests',
    'lostAnswers',
    'broken',
    'd1Failures',
    'poison',
  ])
    expect(
      results.reduce((sum, { figures }) => sum + figures[what]!, 0),
      what,
    ).toBeGreaterThan(0)
})

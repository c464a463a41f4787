import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hookedEvents } from '../../hooks/claude-code/settings.ts'
import { installed, type UserSettings, withHooks, withoutHooks } from '../../hooks/claude-code/user-settings.ts'

const theirs = (command: string) => ({ hooks: [{ type: 'command', command }] })
const command = fc.constantFrom('lint', 'say done', 'maestro-like')
const matcher = fc.oneof(
  command.map(theirs),
  command.map((one) => ({ matcher: 'Bash', ...theirs(one) })),
  fc.constant({ matcher: 'Edit' }),
)
const settings: fc.Arbitrary<UserSettings> = fc.record(
  {
    model: fc.constant('opus'),
    env: fc.dictionary(fc.constantFrom('A', 'B'), fc.string(), { minKeys: 1 }),
    hooks: fc.dictionary(
      fc.constantFrom('Stop', 'PreToolUse', 'FileChanged'),
      fc.array(matcher, { minLength: 1, maxLength: 3 }),
      { minKeys: 1 },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
)

describe('hooks in the user’s own settings', () => {
  test('put in and taken out again leave the settings as they were, whatever was there', () => {
    fc.assert(
      fc.property(settings, fc.boolean(), fc.constantFrom(undefined, '/elsewhere'), (before, all, home) => {
        expect(withoutHooks(withHooks(before, { scripts: '/hooks', all, home }))).toEqual(before)
      }),
    )
  })

  test('put in twice are there once, after the user’s own', () => {
    fc.assert(
      fc.property(settings, (before) => {
        const once = withHooks(before, { scripts: '/hooks', all: true })
        expect(withHooks(once, { scripts: '/hooks', all: true })).toEqual(once)
        for (const event of hookedEvents)
          expect(once.hooks![event]).toHaveLength((before.hooks?.[event]?.length ?? 0) + 1)
        expect(once.hooks!.Stop!.slice(0, -1)).toEqual(before.hooks?.Stop ?? [])
      }),
    )
  })

  test('of another version are told of, and replaced', () => {
    const old = withHooks({}, { scripts: '/old', all: false })
    expect(installed(old, '/new')).toBe('partly')
    expect(withHooks(old, { scripts: '/new', all: false })).toEqual(withHooks({}, { scripts: '/new', all: false }))
  })

  test('report everything, or only what runs in a session', () => {
    expect(installed({}, '/hooks')).toBe('no')
    expect(installed(withHooks({}, { scripts: '/hooks', all: false }), '/hooks')).toBe('sessions')
    expect(installed(withHooks({ env: { A: '1' } }, { scripts: '/hooks', all: true }), '/hooks')).toBe('all')
  })
})

import { describe, expect, test } from 'vitest'
import { hasDesktop } from '../../embedded/browser.ts'
import { splitStatements } from '../../embedded/migrations.ts'
import { duration } from '../../embedded/progress.ts'

describe('a migration is split where a statement ends', () => {
  const split = (script: string) => splitStatements(script).map(({ sql }) => sql)

  test.each([
    ['select 1; select 2;', ['select 1', 'select 2']],
    ['select 1;\n--> statement-breakpoint\nselect 2', ['select 1', 'select 2']],
    ['-- the secret; never kept\ncreate table a (b text);', ['create table a (b text)']],
    ["insert into a values ('it''s; fine', \"x;y\", `z;`);", ["insert into a values ('it''s; fine', \"x;y\", `z;`)"]],
    ['/* one; two */ select 4 - 2 / 1;', ['select 4 - 2 / 1']],
    ['', []],
    [';;\n', []],
  ])('%j', (script, statements) => expect(split(script)).toEqual(statements))

  test('and not within a trigger', () => {
    const trigger = 'create trigger t after insert on a begin update a set b = 1; delete from c; end'
    expect(split(`${trigger};\nselect 1;`)).toEqual([trigger, 'select 1'])
  })
})

describe('a browser is opened where somebody sits', () => {
  test.each([
    [{ DISPLAY: ':0' }, 'linux', true],
    [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
    [{}, 'linux', false],
    [{}, 'darwin', true],
    [{}, 'win32', true],
    [{ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'darwin', false],
    [{ CI: 'true', DISPLAY: ':0' }, 'linux', false],
  ] as const)('%j on %s: %s', (env, platform, expected) => expect(hasDesktop({ ...env }, platform)).toBe(expected))
})

test('a duration reads as people say it', () => {
  expect([0.4, 212, 999.4, 1000, 12_345].map(duration)).toEqual(['0 ms', '212 ms', '999 ms', '1.0 s', '12.3 s'])
})

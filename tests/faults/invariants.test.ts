import { describe, expect, test } from 'vitest'
import type { Entry } from '../../protocol/project.ts'
import { add, atWork, complete, ended, given, m1, s1, t1, t2 } from '../pure/protocol/given.ts'
import { type Evidence, judge, UP } from './parts/invariants.ts'

const { log, project } = given(add(t1), add(t2), ...atWork(s1, [t1]), complete(t1), ended(s1, 'completed'))
const rows = log.map((entry) => ({ ...entry, data: JSON.stringify(entry.data) }))

/** A short story of which everything is as it should be. */
const honest: Evidence = {
  ...{ log, project, history: rows, earlier: [rows.slice(0, 3), []], failures: [], survivors: [] },
  viewers: [
    { name: 'steady', seq: log.length, project },
    { name: 'early', seq: 2, project: given(add(t1)).project },
  ],
  accepted: log.map(({ by, id }) => ({ source: by, key: id })),
  looks: { count: 3, wrong: [] },
  starts: new Map([[s1, 1]]),
  lines: [
    { file: 'run/spawner.log', text: '{"level":"info","message":"a session runs"}' },
    { file: UP, text: '  The spawner ended (SIGKILL); starting it again' },
  ],
  spool: { waiting: 0, unfinished: 0, setAside: 0, dropped: 0 },
}
const brokenBy = (change: Partial<Evidence>) =>
  judge({ ...honest, ...change }).flatMap(({ number, wrong }) => (wrong.length ? [number] : []))

/** The log with an entry instead of one, or none instead. */
const doctored = (at: number, ...entries: Entry[]) => log.toSpliced(at, 1, ...entries)
const last = log.at(-1)!
const line = (file: string, text: string) => ({ lines: [{ file, text }] })

test('an honest story breaks nothing', () => expect(brokenBy({})).toEqual([]))

describe.each<[string, Partial<Evidence>, string]>([
  ['I1', { accepted: [{ source: 'ann', key: 'evt_lost' }] }, 'something accepted is not in the log'],
  ['I2', { accepted: honest.accepted.toReversed() }, 'what came first stands last'],
  ['I4', { project: { ...project, name: 'Desert' } }, 'the live project is another than the log makes'],
  ['I5', { viewers: [{ name: 'late', seq: log.length, project: given().project }] }, 'a viewer sees something else'],
  ['I6', { history: rows.slice(0, -1) }, 'an entry is not in the history'],
  ['I6', { history: rows.toSpliced(1, 1, { ...rows[1]!, data: '{}' }) }, 'the history says something else'],
  ['I6', { earlier: [rows.slice(1, 3)] }, 'the history once had a gap'],
  ['I7', { looks: { count: 3, wrong: ['look 2: a task without a session'] } }, 'a look found it broken'],
  ['I8', { starts: new Map([[s1, 2]]) }, 'a program started twice'],
  ['I8', { survivors: [`${s1} is over, and process 1 of it is there`] }, 'a program goes on after its end'],
  ['I9', line('run/spawner.log', '{"level":"error","message":"unexpected: x is undefined"}'), 'the daemon broke'],
  ['I9', line('sessions/s/holder.log', 'TypeError: x is undefined'), 'a holder broke'],
  ['I9', line('run/server.log', '    at thrown.js:1'), 'a stack in the log of the server'],
  ['I9', line(UP, '  The spawner ended (code 1); starting it again: x is undefined'), 'the daemon ended by itself'],
  ['I9', { failures: ['GET / 500 3 ms'] }, 'an answer was a 500'],
  ['I10', { spool: { ...honest.spool, waiting: 1 } }, 'a hook event waits for ever'],
  ['I10', { spool: { ...honest.spool, dropped: 2 } }, 'hook events were dropped, and nobody said so'],
])('%s is found broken, and nothing else, when', (number, change, when) => {
  test(when, () => expect(brokenBy(change)).toEqual([number]))
})

describe('what also breaks other promises is found under its own number:', () => {
  test('a gap is I3', () => expect(brokenBy({ log: doctored(1) })).toContain('I3'))
  test('an id that comes twice is I1', () =>
    expect(brokenBy({ log: doctored(log.length - 1, { ...last, id: log[0]!.id }) })).toContain('I1'))
  test('a task in progress whose session has ended is I7', () => {
    const at = log.findIndex(({ type, data }) => type === 'task:updated' && data.action === 'completed')
    expect(brokenBy({ log: doctored(at) })).toContain('I7')
  })
  test('a session that two machines hold is I8', () => {
    const claimed = log.find(({ type, data }) => type === 'session:updated' && data.changes.spawner === m1)!
    expect(brokenBy({ log: [...log, { ...claimed, seq: log.length + 1, id: 'evt_again' }] })).toContain('I8')
  })
})

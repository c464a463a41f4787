import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Project, Task } from '../../../protocol/model.ts'
import { type Entry, replay } from '../../../protocol/project.ts'
import { anything, edits } from './anything.ts'
import { ann, bob, given, type Step, Story, undo } from './given.ts'

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value))
const same = (a: unknown, b: unknown) => isDeepStrictEqual(a, b) || expect(a).toStrictEqual(b)

/** All that undoing gives back: not when a task was last touched, how long its lease is, and what can be undone next. */
function kept({ changes: _, tasks, ...rest }: Project) {
  const still = ({ updatedAt: _, lease, ...task }: Task) => ({ ...task, lease: lease?.session })
  return copy({ ...rest, tasks: Object.fromEntries(Object.values(tasks).map((task) => [task.id, still(task)])) })
}

/** Who can take back what came of one request; nobody, where it is no person's change to tasks. */
function whoCanUndo([first]: Entry[]) {
  if (!first || !/^(sub)?task:(created|updated|deleted)$/.test(first.type)) return undefined
  return [ann, bob].find(({ name }) => first.by === `person:${name}`)
}

function fork(story: Story): Story {
  const { project, log, now } = story
  return Object.assign(new Story(), { project: structuredClone(project), log: [...log], now })
}

/** Takes `steps`; `each` is told of what came of each, and how the project was before. */
function play(steps: Step[], each: (entries: Entry[], before: Project, story: Story) => void): Story {
  const story = given()
  for (const step of steps) {
    story.pass(1_000)
    const head = story.log.length
    story.try(step)
    if (story.log.length > head) each(story.log.slice(head), story.before, story)
  }
  return story
}

describe('whatever has happened before,', () => {
  test('what a person did last can be taken back at once, and everything is as it was', { timeout: 60_000 }, () => {
    let undone = 0
    fc.assert(
      fc.property(anything, (steps) => {
        play(steps, (entries, before, story) => {
          const who = whoCanUndo(entries)
          if (!who) return
          const back = fork(story)
          expect(back.when(undo(), { by: who }).types[0]).toBe('task:undone')
          same(kept(back.project), kept(before))
          same(copy(replay(back.log)), copy(back.project))
          expect(back.when(undo(entries[0]!.id), { by: who }).events).toEqual([])
          undone++
        })
      }),
      { numRuns: 150 },
    )
    expect(undone).toBeGreaterThan(400)
  })

  test('taking back a change touches no task that the change did not', { timeout: 60_000 }, () => {
    const changed = (before: Project, after: Project) =>
      Object.keys({ ...before.tasks, ...after.tasks }).filter(
        (id) => !isDeepStrictEqual(before.tasks[id as Task['id']], after.tasks[id as Task['id']]),
      )
    let undone = 0
    fc.assert(
      fc.property(anything, (steps) => {
        play(steps, ([first], before, { project }) => {
          if (first?.type !== 'task:undone') return
          const named = new Set(first.data.what.map(({ task }) => task))
          expect(changed(before, project).filter((id) => !named.has(id))).toEqual([])
          undone++
        })
      }),
      { numRuns: 300 },
    )
    expect(undone).toBeGreaterThan(40)
  })
})

test('one who works alone can take back everything, step by step, to where it began', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(edits, { minLength: 5, maxLength: 40, size: 'max' }), (steps) => {
      const stages: Project[] = []
      const story = play(steps, (entries, before) => {
        if (whoCanUndo(entries)) stages.push(before)
      })
      for (const before of stages.reverse()) {
        expect(story.when(undo()).types[0]).toBe('task:undone')
        same(copy(replay(story.log)), copy(story.project))
        // Notes stay: they are lines of what is told.
        same(kept(story.project), kept(before))
      }
      expect(story.when(undo()).refused.error).toBe('change_not_found')
    }),
    { numRuns: 150 },
  )
})

import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import { type Actor, nameOf, scopesFor } from '../../protocol/actor.ts'
import type { SubtaskId, TaskId } from '../../protocol/ids.ts'
import type { Subtask } from '../../protocol/model.ts'
import type { SubtaskCommand } from '../../protocol/subtask.ts'
import { scene } from './parts/one-scene.ts'
import { type Attempt, Witness } from './parts/witness.ts'

const RUNS = 4

const agents: Awaited<ReturnType<typeof scene.run>>[] = []
beforeAll(async () => {
  // All at once: a machine that is not connected counts as away when the project has slept.
  for (let n = 0; n < RUNS; n++) agents.push(await scene.run())
})

const id = fc.integer({ min: 1, max: 5 }).map((n): SubtaskId => `sub_0000000${n}`)
const title = fc.constantFrom('Dig', 'Rake', 'Sow', 'Reap')
type Op = SubtaskCommand extends infer C ? (C extends { type: string } ? Omit<C, 'task'> : never) : never

const of = <T extends Op['type'], R extends object>(
  weight: number,
  type: T,
  more: { [K in keyof R]: fc.Arbitrary<R[K]> },
) => ({
  arbitrary: fc.record({ type: fc.constant(type), subtask: id, ...more }) as fc.Arbitrary<unknown> as fc.Arbitrary<Op>, // or its schema refuses
  weight,
})
const op = fc.oneof(
  of(5, 'subtask.create', { title }),
  of(3, 'subtask.edit', { title }),
  of(3, 'subtask.move', { before: fc.option(id, { freq: 3 }) }),
  of(2, 'subtask.complete', {}),
  of(2, 'subtask.reopen', {}),
  of(1, 'subtask.delete', {}),
)
const ops = fc.array(op, { minLength: 30, maxLength: 40, size: 'max' })

/** What an operation means to who asks for it, said once more and in another way than the rules say it. */
function meant(steps: Subtask[], op: Op, by: string): Subtask[] {
  const { subtask: id } = op
  const set = (changes: Partial<Subtask>) => steps.map((step) => (step.id === id ? { ...step, ...changes } : step))
  const others = steps.filter((step) => step.id !== id)
  switch (op.type) {
    case 'subtask.create':
      return [...steps, { id, title: op.title, status: 'todo', doneBy: null, doneAt: null }]
    case 'subtask.edit':
      return set({ title: op.title })
    case 'subtask.complete':
      return set({ status: 'done', doneBy: by })
    case 'subtask.reopen':
      return set({ status: 'todo', doneBy: null })
    case 'subtask.delete':
      return others
    case 'subtask.move': {
      const to = op.before === null ? others.length : others.findIndex((step) => step.id === op.before)
      return others.toSpliced(to, 0, steps.find((step) => step.id === id)!)
    }
  }
}
const untimed = (steps: Subtask[]) => steps.map(({ doneAt: _, ...step }) => step)

/** Asks for `ops` four at a time, in their order as far as that goes. */
async function work(witness: Witness, client: Client, by: Actor, task: TaskId, ops: Op[]) {
  const done: { op: Op; by: Actor; attempt: Attempt }[] = []
  for (let at = 0; at < ops.length; at += 4) {
    const some = ops.slice(at, at + 4)
    const asks = some.map(async (op) => {
      const { type, ...rest } = op
      done.push({ op, by, attempt: await witness.ask(client, by, type, { task, ...rest } as never) }) // they are those of `type`
    })
    await Promise.all(asks)
  }
  return done
}

test(
  'a person and an agent change the steps of one task at once, and nothing is overwritten',
  { timeout: 120_000 },
  () =>
    fc.assert(
      fc.asyncProperty(ops, ops, async (hers, its) => {
        const { session, task, agent } = agents.pop()!
        const witness = new Witness(scene.owner)
        const viewer = plainKeeper()
        const live = new Live(scene.owner, new Replica(viewer), {})
        live.start()
        const person: Actor = { kind: 'person', key: '', name: 'owner', scopes: scopesFor('person') }
        const itself: Actor = { kind: 'session', key: '', name: session, scopes: scopesFor('session'), session }
        const both = await Promise.all([
          work(witness, scene.owner, person, task, hers),
          work(witness, agent, itself, task, its),
        ])
        const all = both.flat()
        const history = await witness.log()
        const { subtasks } = await scene.owner.query('task.show', { task })

        // The log is what happened: it makes the project, and a viewer sees the same.
        expect(history.now.tasks[task]!.subtasks).toEqual(subtasks)
        await expect.poll(() => viewer.project.tasks[task]?.subtasks).toEqual(subtasks)
        live.stop()

        // What was acknowledged is in it once, as it was acknowledged.
        const changes = all.filter(({ attempt }) => attempt.entries?.length)
        for (const { attempt, by } of changes) {
          const kept = history.log.filter(({ id }) => id === attempt.entries![0]!.id)
          expect(kept).toEqual(attempt.entries)
          expect(kept[0]!.by).toBe(nameOf(by))
        }
        // And in that order, each did what it was meant to, whatever the other did in between.
        const inOrder = changes.toSorted((a, b) => a.attempt.entries![0]!.seq - b.attempt.entries![0]!.seq)
        const expected = inOrder.reduce<Subtask[]>((steps, { op, by }) => meant(steps, op, nameOf(by)), [])
        expect(untimed(subtasks)).toEqual(untimed(expected))
        // All else was refused with a reason that was true then, or asked for what was so already.
        expect(all.filter(({ attempt }) => !history.explains(attempt))).toEqual([])
        expect(new Set(all.map(({ attempt }) => attempt.refused?.code)).size).toBeGreaterThan(1)
      }),
      { numRuns: RUNS, endOnFailure: true },
    ),
)

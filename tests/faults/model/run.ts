import fc from 'fast-check'
import { start } from '../../pure/protocol/given.ts'
import { judge } from '../parts/invariants.ts'
import { begin, copy, entryOf, listen, longStories, ring, stories, type World } from './commands.ts'
import { Model } from './model.ts'
import { same } from './same.ts'
import type { Subject } from './subject.ts'

/** What all stories came to. */
export type Figures = Record<string, number>

type Make = (now: number) => Promise<{ subject: Subject; end: () => void | Promise<void> }>

/**
 * Tells `runs` stories to objects that `make` makes, every twentieth a long one, in a time that begins at `now`; fails with
 * the shortest story that shows a mistake.
 */
export async function tell(
  runs: number,
  seed: number,
  make: Make,
  { now = start, endOnFailure = false } = {},
): Promise<Figures> {
  const figures: Figures = { stories: 0, actions: 0, entries: 0 }
  const property = (tales: typeof stories) =>
    fc.asyncProperty(tales, async (acts) => {
      const model = new Model(now)
      const { subject, end } = await make(now)
      const world: World = { subject, viewers: [], archiveUp: true, figures }
      try {
        await begin.run(model, world)
        await fc.asyncModelRun(() => ({ model, real: world }), acts)
        await rest(model, world)
        figures.stories!++
        figures.actions! += [...acts].length
        figures.entries! += model.log.length
      } finally {
        await end()
      }
    })
  await fc.assert(property(stories), { numRuns: runs, seed, endOnFailure })
  await fc.assert(property(longStories), { numRuns: Math.ceil(runs / 20), seed, endOnFailure })
  return figures
}

/** Everything heals; then I1 to I6 hold. */
async function rest(model: Model, world: World): Promise<void> {
  const { subject, viewers } = world
  same(await subject.show(), copy(model.project))
  await subject.setArchive(true)
  let rounds = 0
  for (; (await subject.archived()).length < model.log.length; rounds++) {
    if (rounds > 20)
      throw new Error(`the history stays behind: ${(await subject.archived()).length} of ${model.log.length}`)
    const at = await subject.alarm()
    if (at === null) throw new Error('nothing will wake it to go on with the history')
    model.now = Math.max(model.now, at) + 1
    subject.setTime(model.now)
    await ring(model, world)
  }
  await subject.told(
    viewers.map(({ line }) => line),
    model.log.length,
  )
  viewers.forEach(listen)
  const late = await subject.connect('')
  const [, snapshot] = late.frames
  if (snapshot?.type !== 'snapshot') throw new Error('whoever is new is told no snapshot')
  const rows = await subject.read({ since: 0, limit: model.log.length + 1 })
  same(rows.map(entryOf), model.log)
  const accepted = model.log.map(({ by, id }) => ({ source: by, key: id }))
  const shown = viewers.map(({ replica, keeper }, n) => ({
    name: `viewer ${n}`,
    seq: replica.seq,
    project: keeper.project,
  }))
  const verdicts = judge({
    ...{ log: rows.map(entryOf), project: await subject.show(), accepted, history: await subject.archived() },
    viewers: [...shown, { name: 'late', seq: snapshot.seq, project: snapshot.project }],
    ...{ earlier: [], looks: { count: 0, wrong: [] }, starts: new Map(), survivors: [], lines: [], failures: [] },
    spool: { waiting: 0, unfinished: 0, setAside: 0, dropped: 0 },
  })
  const behind = shown.filter(({ seq }) => seq !== model.log.length)
  same([...verdicts.flatMap(({ wrong }) => wrong), ...behind.map(({ name }) => `${name} stays behind`)], [])
}

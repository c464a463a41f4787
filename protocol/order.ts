/** Anything that may wait for others of its kind. What it needs that is not among those at hand is left out of account. */
export type Knot<Id extends string = string> = { id: Id; needs: readonly Id[] }

/** Each after all it needs, and otherwise as given. */
export function topologicalOrder<Id extends string>(knots: readonly Knot<Id>[]): Id[] {
  return walk(knots).order
}

/** A circle among them, as `[a, b, …, a]` where `a` needs `b`; nothing when there is none. */
export function circleAmong<Id extends string>(knots: readonly Knot<Id>[]): Id[] | undefined {
  return walk(knots).circle
}

/** How many steps lie before each: 0 needs nothing, 1 needs only those of 0, and so on. */
export function levels<Id extends string>(knots: readonly Knot<Id>[]): Map<Id, number> {
  const byId = new Map(knots.map((knot) => [knot.id, knot]))
  const found = new Map<Id, number>()
  for (const id of topologicalOrder(knots)) {
    let level = 0
    for (const need of byId.get(id)!.needs) level = Math.max(level, (found.get(need) ?? -1) + 1)
    found.set(id, level)
  }
  return found
}

/** The heaviest way from one that needs nothing to one that nothing needs, first to last; of equal ones the first. */
export function longestChain<Id extends string>(
  knots: readonly Knot<Id>[],
  weightOf: (id: Id) => number = () => 1,
): Id[] {
  const byId = new Map(knots.map((knot) => [knot.id, knot]))
  const reached = new Map<Id, { weight: number; after: Id | undefined }>()
  let last: Id | undefined
  for (const id of topologicalOrder(knots)) {
    let after: Id | undefined
    for (const need of byId.get(id)!.needs) {
      const way = reached.get(need)
      if (way && (after === undefined || way.weight > reached.get(after)!.weight)) after = need
    }
    const weight = weightOf(id) + (after === undefined ? 0 : reached.get(after)!.weight)
    reached.set(id, { weight, after })
    if (last === undefined || weight > reached.get(last)!.weight) last = id
  }
  const chain: Id[] = []
  for (let id = last; id !== undefined; id = reached.get(id)!.after) chain.push(id)
  return chain.reverse()
}

/** Depth first, without recursion: a chain of needs may be longer than a stack is deep. */
function walk<Id extends string>(knots: readonly Knot<Id>[]): { order: Id[]; circle: Id[] | undefined } {
  const byId = new Map(knots.map((knot) => [knot.id, knot]))
  const state = new Map<Id, 'open' | 'done'>()
  const order: Id[] = []
  let circle: Id[] | undefined
  for (const { id: start } of knots) {
    if (state.has(start)) continue
    const path: { id: Id; at: number }[] = [{ id: start, at: 0 }]
    state.set(start, 'open')
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = byId.get(top.id)!.needs[top.at++]
      if (need === undefined) {
        state.set(top.id, 'done')
        order.push(top.id)
        path.pop()
      } else if (state.get(need) === 'open') {
        circle ??= [...path.slice(path.findIndex(({ id }) => id === need)).map(({ id }) => id), need]
      } else if (byId.has(need) && !state.has(need)) {
        state.set(need, 'open')
        path.push({ id: need, at: 0 })
      }
    }
  }
  return { order, circle }
}

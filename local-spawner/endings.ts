import { endTrees, type Tree } from './process-tree.ts'

/** How long (ms) others may join: somebody who stops twenty asks for them one by one. */
const TOGETHER_MS = 15

let waiting: { tree: Tree; told: (ended: Promise<unknown>) => void }[] = []

/** Ends a tree, together with those that are asked for in the same moment: every look through the machine's processes costs. */
export function endTogether(tree: Tree, grace: number): Promise<unknown> {
  if (waiting.length === 0) setTimeout(() => endWaiting(grace), TOGETHER_MS)
  return new Promise((resolve) => waiting.push({ tree, told: resolve }))
}

function endWaiting(grace: number): void {
  const all = waiting
  waiting = []
  const ended = endTrees(
    all.map(({ tree }) => tree),
    grace,
  )
  for (const { told } of all) told(ended)
}

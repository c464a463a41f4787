import { afterAll, beforeAll } from 'vitest'
import { type Edge, startEdge } from '../edge.ts'
import { makeScene } from '../scene.ts'

/** A server, and a scene on it, for all tests of the file that imports them: there from the first test to the last. */
export let edge: Edge
export let scene: Awaited<ReturnType<typeof makeScene>>

beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
})
afterAll(() => edge?.stop())

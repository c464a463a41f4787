/** So many viewers in a process of their own, that throw away what they see: `node bench/crowd.ts COUNT` is told where on its standard input, a line each. */
import { fork } from 'node:child_process'
import { look, type View } from './wire.ts'

export type Crowd = { leave: () => void }

/** Resolves once all of them are there. */
export async function crowd(views: View[]): Promise<Crowd> {
  if (views.length === 0) return { leave: () => undefined }
  const child = fork(import.meta.filename)
  const there = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', () => reject(new Error('The viewers have gone')))
  })
  child.send(views)
  await there
  return { leave: () => child.kill() }
}

if (process.argv[1] === import.meta.filename) {
  process.once('message', async (views: View[]) => {
    await Promise.all(views.map((view) => look(view)))
    process.send!('there')
  })
}

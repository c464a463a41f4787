import { seedOfRun } from '../parts/chance.ts'
import { standInForPlatform, withSmallVolumes } from '../platform/loader.ts'
import { loadProduct } from '../platform/product.ts'
import { standInForSockets } from '../platform/sockets.ts'
import { InProcess } from './in-process.ts'
import { tell } from './run.ts'

// `node tests/faults/model/main.ts`: stories of a project's object, told to the real one in this process and to the rules.
// MAESTRO_RUNS says how many, MAESTRO_SEED repeats a run.
const runs = Number(process.env.MAESTRO_RUNS) || 2_000
const seed = Number(process.env.MAESTRO_SEED) || seedOfRun()

standInForPlatform()
withSmallVolumes(10, 20)
standInForSockets()
const product = await loadProduct()
console.warn = console.error = () => {} // that D1 is away is told at each try
const began = performance.now()
const figures = await tell(runs, seed, async (now) => {
  const subject = new InProcess(product, now)
  return { subject, end: () => subject.end() }
})
const seconds = (performance.now() - began) / 1_000
console.log(JSON.stringify({ ...figures, seed, seconds: Math.round(seconds * 10) / 10 }))

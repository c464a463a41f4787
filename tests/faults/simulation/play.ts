import { seedOfRun } from '../parts/chance.ts'
import { standIn, standInForPlatform, withSmallLog } from '../platform/loader.ts'
import { standInForSockets } from '../platform/sockets.ts'
import type { Parts } from './machine.ts'
import { playRound } from './round.ts'

// One round in a process of its own, whose clock, chance, files and network are the simulation's from here on.
const local = (file: string) => new URL(file, import.meta.url).href
standInForPlatform()
withSmallLog({ volume: 25, tail: 50, snapshots: 40 })
standIn(
  {
    'node:fs': local('./files.ts'),
    'node:timers/promises': local('./turns.ts'),
    'node:crypto': local('./chances.ts'),
  },
  '/local-spawner/',
)
standInForSockets()

/** Loaded after the stand-ins. */
const parts = async (): Promise<Parts> => ({
  ...(await import('../../../client/client.ts')),
  ...(await import('../../../client/live.ts')),
  ...(await import('../../../client/replica.ts')),
  ...(await import('../../../local-spawner/spool.ts')),
  ...(await import('../../../local-spawner/todo.ts')),
})

const { MAESTRO_SEED, MAESTRO_EVENTS } = process.env
const result = await playRound(Number(MAESTRO_SEED) || seedOfRun(), Number(MAESTRO_EVENTS) || 20_000, parts)
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0)) // what waits in the simulation waits for ever

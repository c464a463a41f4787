import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Verdict } from '../parts/invariants.ts'
import type { Result } from './round.ts'

/** A round to play: the same seed and number of events are the same round. */
export type Wanted = { seed: number; events: number }

const AT_ONCE = 2
const play = join(import.meta.dirname, 'play.ts')

/** Plays all, each in a process of its own; `played` is told of each as it ends. Answers in the order asked. */
export async function playAll(wanted: Wanted[], played: (result: Result) => void = () => {}): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const player = async () => {
    for (let at = next++; at < wanted.length; at = next++) {
      results[at] = await playOne(wanted[at]!)
      played(results[at]!)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, player))
  return results
}

function playOne({ seed, events }: Wanted): Promise<Result> {
  const env = { ...process.env, MAESTRO_SEED: String(seed), MAESTRO_EVENTS: String(events) }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [play], { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error)
        reject(
          new Error(
            `seed ${seed} of ${events} events broke the simulation (${error.code ?? error.signal}): ${stderr.slice(-2_000)}`,
          ),
        )
      else resolve(JSON.parse(stdout) as Result) // play.ts writes one
    })
  })
}

export const brokenIn = ({ verdicts }: Result): Verdict[] => verdicts.filter(({ wrong }) => wrong.length > 0)

/** How to see it again. */
export const again = ({ seed, asked }: Result): string =>
  `MAESTRO_SEED=${seed} MAESTRO_EVENTS=${asked} npm run faults:simulate`
